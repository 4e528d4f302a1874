/// A frame that a peer received; the header blocks of HEADERS and its CONTINUATIONs are one frame here.
struct ReceivedFrame: Sendable, CustomStringConvertible {
    var type: UInt8
    var flags: UInt8
    var stream: UInt32
    var payload: [UInt8]
    /// Of HEADERS, decoded.
    var fields: [(name: String, value: String)] = []

    var endsStream: Bool {
        (type == FrameType.data || type == FrameType.headers) && flags & FrameFlag.endStream != 0
    }

    var isAcknowledgement: Bool {
        (type == FrameType.settings || type == FrameType.ping) && flags & FrameFlag.acknowledge != 0
    }

    /// The code of RST_STREAM and GOAWAY.
    var errorCode: UInt32? {
        switch type {
        case FrameType.resetStream: word(at: 0)
        case FrameType.goAway: word(at: 4)
        default: nil
        }
    }

    var status: Int? { field(":status").flatMap { Int($0) } }

    func field(_ name: String) -> String? { fields.first { $0.name == name }?.value }

    /// The entries of SETTINGS.
    var settings: [UInt16: UInt32] {
        var entries: [UInt16: UInt32] = [:]
        for start in stride(from: 0, to: payload.count - 5, by: 6) {
            entries[UInt16(payload[start]) << 8 | UInt16(payload[start + 1])] = word(at: start + 2)
        }
        return entries
    }

    /// Four bytes of the payload, big-endian; nil where it is shorter.
    func word(at start: Int) -> UInt32? {
        guard payload.count >= start + 4 else { return nil }
        return payload[start..<start + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }

    var description: String {
        let names = [
            "DATA", "HEADERS", "PRIORITY", "RST_STREAM", "SETTINGS", "PUSH_PROMISE", "PING", "GOAWAY",
            "WINDOW_UPDATE",
        ]
        let name = Int(type) < names.count ? names[Int(type)] : "type \(type)"
        let code = errorCode.map { " " + (ErrorCode(rawValue: $0).map { "\($0)" } ?? "code \($0)") } ?? ""
        let status = status.map { " \($0)" } ?? ""
        return "\(name)\(code)\(status) on \(stream), flags \(flags), \(payload.count) bytes"
    }
}

/// Cuts what a connection receives into frames.
struct FrameParser {
    private var waiting: [UInt8] = []
    private var open: ReceivedFrame?
    private let reader = FieldBlockReader()

    mutating func received(_ bytes: some Sequence<UInt8>) -> [ReceivedFrame] {
        waiting += bytes
        var frames: [ReceivedFrame] = []
        var start = 0
        while waiting.count - start >= 9 {
            let head = waiting[start..<start + 9].map { Int($0) }
            let length = head[0] << 16 | head[1] << 8 | head[2]
            guard waiting.count - start - 9 >= length else { break }
            let stream = head[5...].reduce(0) { $0 << 8 | $1 } & 0x7fff_ffff
            let frame = ReceivedFrame(
                type: UInt8(head[3]), flags: UInt8(head[4]), stream: UInt32(stream),
                payload: Array(waiting[(start + 9)..<(start + 9 + length)]))
            if let whole = put(frame) { frames.append(whole) }
            start += 9 + length
        }
        waiting.removeFirst(start)
        return frames
    }

    private mutating func put(_ frame: ReceivedFrame) -> ReceivedFrame? {
        guard frame.type == FrameType.headers || frame.type == FrameType.continuation else { return frame }
        var whole = open ?? frame
        if open != nil { whole.payload += frame.payload }
        whole.flags |= frame.flags & FrameFlag.endHeaders
        guard whole.flags & FrameFlag.endHeaders != 0 else {
            open = whole
            return nil
        }
        open = nil
        whole.fields = reader.read(whole.payload) ?? [(":invalid", "")]
        return whole
    }
}
