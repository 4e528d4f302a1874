import NIOCore
import NIOHTTP1

/// What happened on an HTTP/2 connection, in the order of the frames that brought it.
enum HTTP2Event {
    /// A block of fields is complete: a request, a response (an informational one too), or trailers.
    case headers(HTTP2HeaderBlock)
    /// A part of a body. Whoever takes it up returns its bytes by `HTTP2Session.consume`.
    case data(stream: Int32, ByteBuffer)
    /// The peer's last DATA frame has come. Blocks say it by `HTTP2HeaderBlock.endsStream`.
    case inputEnded(stream: Int32)
    /// Both sides are done, or one of them reset the stream. Nothing follows for it.
    case closed(stream: Int32, HTTP2ErrorCode)
    /// The last frame of the own side has left while the peer's side is still open.
    case outputEndedFirst(stream: Int32)
    /// What was queued on a stream has sunk to `HTTP2OutboundBody.lowWater`, and somebody waits for that.
    case outputDrained(stream: Int32)
    /// The peer's SETTINGS came; the first one completes its preface.
    case settingsReceived
    /// The peer has applied the own SETTINGS.
    case settingsAcknowledged
    /// The peer answered a PING of this side.
    case pingAcknowledged
    /// The peer takes no streams above `lastStream`.
    case goAway(lastStream: Int32, HTTP2ErrorCode)
}

/// One block of fields as it came, within the session's bounds. HPACK is undone and nghttp2 has checked the syntax.
struct HTTP2HeaderBlock {
    enum Kind { case request, response, trailers }

    let stream: Int32
    let kind: Kind
    /// The block is the peer's last frame on the stream.
    var endsStream = false
    /// The block exceeds the bounds; its fields are thrown away.
    private(set) var isTooLarge = false
    private(set) var method = ""
    private(set) var authority: String?
    private(set) var path = ""
    /// A response's status, 0 in other blocks.
    private(set) var status = 0
    /// The regular fields in their order; names are lower case.
    private(set) var fields: [(String, String)] = []
    /// Bytes that count against `SETTINGS_MAX_HEADER_LIST_SIZE`, with 32 per field.
    private(set) var bytes = 0

    init(stream: Int32, kind: Kind) {
        self.stream = stream
        self.kind = kind
        if kind != .trailers { fields.reserveCapacity(12) }
    }

    /// Takes up one field, or only counts it when there are too many.
    mutating func add(
        _ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>, maximumBytes: Int, maximumCount: Int
    ) {
        bytes += name.count + value.count + 32
        guard !isTooLarge else { return }
        guard bytes <= maximumBytes, fields.count < maximumCount else {
            isTooLarge = true
            fields = []
            return
        }
        if name.first == UInt8(ascii: ":") {
            setPseudo(name, value)
        } else {
            // Names of up to 15 bytes, nearly all of them, need no memory of their own.
            fields.append((String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self)))
        }
    }

    /// nghttp2 lets through the known ones only, each once and before the regular fields.
    private mutating func setPseudo(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) {
        switch (name.count, name[1]) {
        case (7, UInt8(ascii: "m")): method = String(decoding: value, as: UTF8.self)
        case (10, UInt8(ascii: "a")): authority = String(decoding: value, as: UTF8.self)
        case (5, UInt8(ascii: "p")): path = String(decoding: value, as: UTF8.self)
        case (7, UInt8(ascii: "s")) where name[2] == UInt8(ascii: "t"):
            status = Int(String(decoding: value, as: UTF8.self)) ?? 0
        default: break
        }
    }
}
