import NIOCore

/// Parts of a body that have arrived and are not yet taken.
///
/// Small parts are put together, so that a reader passes on in one piece what came in one piece, and a million tiny
/// ones take no more memory than their bytes.
struct ReceivedParts {
    private static let mergeLimit = 32 * 1_024

    private var parts = CircularBuffer<ByteBuffer>(initialCapacity: 2)
    /// The last part; by itself, so that what is added to it copies nothing but that.
    private var tail = ByteBuffer()
    private(set) var bytes = 0

    mutating func append(_ part: ByteBuffer) {
        bytes += part.readableBytes
        if tail.readableBytes == 0 {
            tail = part
        } else if tail.readableBytes + part.readableBytes <= Self.mergeLimit {
            tail.writeImmutableBuffer(part)
        } else {
            parts.append(tail)
            tail = part
        }
    }

    mutating func take() -> ByteBuffer? {
        guard bytes > 0 else { return nil }
        let part: ByteBuffer
        if let first = parts.popFirst() {
            part = first
        } else {
            part = tail
            tail = ByteBuffer()
        }
        bytes -= part.readableBytes
        return part
    }

    mutating func removeAll() {
        parts.removeAll(keepingCapacity: parts.capacity <= 64)
        tail = ByteBuffer()
        bytes = 0
    }
}
