import CNGHTTP2
import NIOCore
import NIOHTTP1

/// What waits to be sent as the body of one message, and nghttp2's source of DATA frames.
///
/// nghttp2 asks how much there is, and copies nothing: the bytes go from here into the connection's output.
final class HTTP2OutboundBody {
    /// Whoever adds more than this waits until no more than `lowWater` is left.
    static let highWater = 32 << 10
    static let lowWater = 16 << 10
    /// Parts up to this many bytes are copied behind the one before, so that small ones do not hold memory each.
    private static let mergedBytes = 2 << 10

    private var first: ByteBuffer
    private var rest: [ByteBuffer] = []
    private var restIndex = 0
    private(set) var queuedBytes: Int
    /// Bytes that have left so far; a stalled reader does not move it.
    private(set) var sentBytes = 0
    /// How often everything that was given had left.
    private(set) var emptied = 0
    private(set) var isEnded: Bool
    private(set) var trailers: HTTPHeaders?
    /// nghttp2 waits to be told that there is more.
    var isDeferred = false
    /// Somebody waits for `HTTP2Event.outputDrained`.
    var isAwaited = false

    /// - Parameter isEnded: whether `bytes` are the whole body.
    init(_ bytes: ByteBuffer = ByteBuffer(), isEnded: Bool = false) {
        first = bytes
        queuedBytes = bytes.readableBytes
        self.isEnded = isEnded
    }

    func append(_ bytes: ByteBuffer) {
        let count = bytes.readableBytes
        guard count > 0, !isEnded else { return }
        queuedBytes += count
        if first.readableBytes == 0 && rest.isEmpty {
            first = bytes
        } else if count <= Self.mergedBytes, let last = rest.indices.last, rest[last].readableBytes <= Self.mergedBytes
        {
            rest[last].writeImmutableBuffer(bytes)
        } else {
            rest.append(bytes)
        }
    }

    /// Nothing follows but `trailers`.
    func end(trailers: HTTPHeaders? = nil) {
        guard !isEnded else { return }
        isEnded = true
        self.trailers = trailers
    }

    /// nghttp2's question for the next DATA frame.
    ///
    /// - Returns: the frame's size, or a code of nghttp2.
    func offer(_ limit: Int, _ flags: inout UInt32) -> Int {
        let count = min(queuedBytes, limit)
        guard count > 0 || isEnded else {
            isDeferred = true
            return Int(NGHTTP2_ERR_DEFERRED.rawValue)
        }
        flags |= NGHTTP2_DATA_FLAG_NO_COPY.rawValue
        if isEnded && count == queuedBytes {
            flags |= NGHTTP2_DATA_FLAG_EOF.rawValue
            if trailers != nil { flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM.rawValue }
        }
        return count
    }

    /// Moves `count` of the queued bytes to `output`.
    func move(_ count: Int, to output: inout ByteBuffer) {
        var missing = count
        while missing > 0 {
            if first.readableBytes == 0 {
                guard restIndex < rest.count else { break }
                first = rest[restIndex]
                rest[restIndex] = ByteBuffer()
                restIndex += 1
                if restIndex == rest.count {
                    rest.removeAll(keepingCapacity: true)
                    restIndex = 0
                }
            }
            guard let part = first.readSlice(length: min(missing, first.readableBytes)) else { break }
            missing -= part.readableBytes
            output.writeImmutableBuffer(part)
        }
        queuedBytes -= count - missing
        sentBytes += count - missing
        if queuedBytes == 0 { emptied &+= 1 }
        if first.readableBytes == 0 { first = ByteBuffer() }
    }
}
