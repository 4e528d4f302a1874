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

    /// One event that is sent at `time`, in a chunk of its own.
    static func event(_ time: UInt64) -> [UInt8] {
        let digits = String(time)
        let padded = String(repeating: "0", count: max(0, 20 - digits.count)) + digits
        let size = mark.count + padded.utf8.count + rest.utf8.count
        return Array("\(String(size, radix: 16))\r\n".utf8) + mark + Array(padded.utf8) + Array("\(rest)\r\n".utf8)
    }

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
