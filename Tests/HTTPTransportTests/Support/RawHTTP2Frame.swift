/// One HTTP/2 frame as a test sends or receives it; nothing about it need be valid.
struct RawFrame: Equatable, Sendable {
    enum Kind {
        static let data: UInt8 = 0
        static let headers: UInt8 = 1
        static let priority: UInt8 = 2
        static let reset: UInt8 = 3
        static let settings: UInt8 = 4
        static let push: UInt8 = 5
        static let ping: UInt8 = 6
        static let goAway: UInt8 = 7
        static let windowUpdate: UInt8 = 8
        static let continuation: UInt8 = 9
    }

    enum Flag {
        static let endStream: UInt8 = 1
        static let ack: UInt8 = 1
        static let endHeaders: UInt8 = 4
        static let padded: UInt8 = 8
        static let priority: UInt8 = 32
    }

    var kind: UInt8
    var flags: UInt8 = 0
    var stream: UInt32 = 0
    var payload: [UInt8] = []
    /// The decoded fields of a received block, with the frame that ends it.
    var fields: [String: String] = [:]

    /// The frame's bytes; `length` is a lie when given.
    func bytes(length: Int? = nil) -> [UInt8] {
        let length = length ?? payload.count
        let head: [UInt8] = [UInt8(length >> 16 & 255), UInt8(length >> 8 & 255), UInt8(length & 255), kind, flags]
        return head + Self.number(stream) + payload
    }

    static func number(_ number: UInt32) -> [UInt8] {
        [UInt8(number >> 24), UInt8(number >> 16 & 255), UInt8(number >> 8 & 255), UInt8(number & 255)]
    }

    func number(at offset: Int) -> UInt32 {
        guard payload.count >= offset + 4 else { return 0 }
        return payload[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }

    var text: String { String(decoding: payload, as: UTF8.self) }
    var endsStream: Bool { flags & Flag.endStream != 0 && (kind == Kind.data || kind == Kind.headers) }
    var isAck: Bool { flags & Flag.ack != 0 && (kind == Kind.settings || kind == Kind.ping) }
    /// Of RST_STREAM and GOAWAY.
    var errorCode: UInt32 { number(at: kind == Kind.goAway ? 4 : 0) }

    // MARK: Frames of clients

    static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

    static func settings(_ values: [(id: UInt16, value: UInt32)] = []) -> RawFrame {
        RawFrame(
            kind: Kind.settings,
            payload: values.flatMap { [UInt8($0.id >> 8), UInt8($0.id & 255)] + Self.number($0.value) })
    }

    static let settingsAck = RawFrame(kind: Kind.settings, flags: Flag.ack)

    static func ping(_ payload: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8]) -> RawFrame {
        RawFrame(kind: Kind.ping, payload: payload)
    }

    static func windowUpdate(_ stream: UInt32, _ increment: UInt32) -> RawFrame {
        RawFrame(kind: Kind.windowUpdate, stream: stream, payload: number(increment))
    }

    static func reset(_ stream: UInt32, code: UInt32 = 8) -> RawFrame {
        RawFrame(kind: Kind.reset, stream: stream, payload: number(code))
    }

    static func goAway(lastStream: UInt32 = 0, code: UInt32 = 0) -> RawFrame {
        RawFrame(kind: Kind.goAway, payload: number(lastStream) + number(code))
    }

    static func data(_ stream: UInt32, _ bytes: [UInt8], ends: Bool = false) -> RawFrame {
        RawFrame(kind: Kind.data, flags: ends ? Flag.endStream : 0, stream: stream, payload: bytes)
    }

    static func data(_ stream: UInt32, _ text: String, ends: Bool = false) -> RawFrame {
        data(stream, Array(text.utf8), ends: ends)
    }

    static func headers(
        _ stream: UInt32, _ fields: [(String, String)], ends: Bool = true, isComplete: Bool = true
    ) -> RawFrame {
        let flags = (ends ? Flag.endStream : 0) | (isComplete ? Flag.endHeaders : 0)
        return RawFrame(kind: Kind.headers, flags: flags, stream: stream, payload: block(fields))
    }

    /// A response's head, or an informational one.
    static func response(
        _ stream: UInt32, _ status: Int = 200, _ fields: [(String, String)] = [], ends: Bool = false
    ) -> RawFrame {
        headers(stream, [(":status", String(status))] + fields, ends: ends)
    }

    /// A request with the four pseudo-headers.
    static func request(
        _ stream: UInt32, _ method: String = "GET", _ path: String = "/", _ fields: [(String, String)] = [],
        ends: Bool = true
    ) -> RawFrame {
        let pseudo = [(":method", method), (":scheme", "http"), (":authority", "localhost"), (":path", path)]
        return headers(stream, pseudo + fields, ends: ends)
    }

    /// A block of fields, each written out: a literal that enters no table (RFC 7541, section 6.2.2).
    static func block(_ fields: [(String, String)]) -> [UInt8] {
        fields.flatMap { [0] + literal($0.0) + literal($0.1) }
    }

    static func literal(_ text: String) -> [UInt8] {
        let bytes = Array(text.utf8)
        guard bytes.count >= 127 else { return [UInt8(bytes.count)] + bytes }
        // An integer with a prefix of seven bits (RFC 7541, section 5.1).
        var count: [UInt8] = [127]
        var rest = bytes.count - 127
        while rest >= 128 {
            count.append(UInt8(rest & 127 | 128))
            rest >>= 7
        }
        return count + [UInt8(rest)] + bytes
    }
}
