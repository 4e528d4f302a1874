/// The event streams that are sent and read here: chunked, each event with the time at which it was sent.
enum EventStream {
    static let head = Array(
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\nTransfer-Encoding: chunked\r\n\r\n"
            .utf8)
    static let end = Array("e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n".utf8)
    static let mark = Array(#"data: {"sent":"#.utf8)
    private static let rest =
        #","id":"chatcmpl-123","object":"chat.completion.chunk","created":1732000000,"model":"model","#
        + #""choices":[{"index":0,"delta":{"content":" token"},"finish_reason":null}]}"# + "\n\n"

    /// One event in a chunk of its own, with twenty zeros for the time.
    static let event: [UInt8] = {
        let size = mark.count + 20 + rest.utf8.count
        return Array("\(String(size, radix: 16))\r\n".utf8) + mark + [UInt8](repeating: UInt8(ascii: "0"), count: 20)
            + Array("\(rest)\r\n".utf8)
    }()

    /// Makes `event` one that is sent at `time`.
    static func stamp(_ event: inout [UInt8], _ time: UInt64) {
        var (rest, index) = (time, firstDigit + 20)
        while index > firstDigit {
            index -= 1
            event[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
    }

    private static let firstDigit = event.count - 2 - rest.utf8.count - 20

    /// A request for `count` events at intervals of `gap` µs.
    static func request(count: Int, gap: Int) -> [UInt8] {
        Array("GET /events?\(count)&\(gap) HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n".utf8)
    }

    /// What ``request(count:gap:)`` asked for.
    static func asked(_ request: String) -> (count: Int, gap: UInt64)? {
        guard let target = request.split(separator: " ").dropFirst().first,
            let query = target.split(separator: "?").dropFirst().first
        else { return nil }
        let numbers = query.split(separator: "&")
        guard numbers.count == 2, let count = Int(numbers[0]), let gap = UInt64(numbers[1]) else { return nil }
        return (count, gap * 1_000)
    }
}
