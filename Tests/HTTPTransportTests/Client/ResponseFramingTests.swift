import Testing

@testable import HTTPTransport

@Suite("Response framing") struct ResponseFramingTests {
    private static let head = "HTTP/1.1 200 OK\r\na: b\r\n\r\n"

    @Test(
        "sees whether anything follows a response",
        arguments: [
            (text: head + "abc", hasBody: true, length: 3, isAtEnd: true),
            (text: head + "ab", hasBody: true, length: 3, isAtEnd: false),
            (text: head + "abcd", hasBody: true, length: 3, isAtEnd: false),
            (text: head + "abc" + head, hasBody: true, length: 3, isAtEnd: false),
            (text: head, hasBody: true, length: 0, isAtEnd: true),
            (text: head + "H", hasBody: true, length: 0, isAtEnd: false),
            (text: head, hasBody: false, length: 10, isAtEnd: true),
            (text: head + "x", hasBody: false, length: nil, isAtEnd: false),
            (text: head + "3\r\nabc\r\n0\r\n\r\n", hasBody: true, length: nil, isAtEnd: true),
            (text: head + "0\r\nx: y\r\n\r\n", hasBody: true, length: nil, isAtEnd: true),
            (text: head + "0\r\n\r\nHTTP/1.1 200", hasBody: true, length: nil, isAtEnd: false),
            (text: head + "0\r\n\r\nHTTP/1.1 200 OK\r\nx: y", hasBody: true, length: nil, isAtEnd: false),
            (text: "HTTP/1.1 200 OK\n\nabc", hasBody: true, length: 3, isAtEnd: false),
        ] as [(text: String, hasBody: Bool, length: Int?, isAtEnd: Bool)])
    func ends(text: String, hasBody: Bool, length: Int?, isAtEnd: Bool) {
        let bytes = Array(text.utf8)
        for step in [1, 2, 3, 5, 7, bytes.count] {
            var framing = ResponseFraming()
            var start = 0
            while start < bytes.count {
                let end = min(start + step, bytes.count)
                bytes[start..<end].withUnsafeBytes { framing.received($0) }
                start = end
            }
            #expect(!framing.isAtEnd, "nothing is known before the head is parsed")
            framing.headReceived(hasBody: hasBody, contentLength: length)
            #expect(framing.isAtEnd == isAtEnd, "in steps of \(step)")
        }
    }
}
