import NIOCore

/// Parts of a body that have arrived and are not yet taken.
///
/// Small parts are put together, so that a reader passes on in one piece what came in one piece, and a million tiny
/// ones take no more memory than their bytes.
struct ReceivedParts {
    private static let mergeLimit = 32 * 1_024

    private var parts = CircularBuffer<ByteBuffer>()
    private(set) var bytes = 0

    mutating func append(_ part: ByteBuffer) {
        bytes += part.readableBytes
        guard let last = parts.last, last.readableBytes + part.readableBytes <= Self.mergeLimit else {
            return parts.append(part)
        }
        parts[parts.index(before: parts.endIndex)].writeImmutableBuffer(part)
    }

    mutating func take() -> ByteBuffer? {
        guard let part = parts.popFirst() else { return nil }
        bytes -= part.readableBytes
        return part
    }

    mutating func removeAll() {
        parts.removeAll(keepingCapacity: parts.capacity <= 64)
        bytes = 0
    }
}
