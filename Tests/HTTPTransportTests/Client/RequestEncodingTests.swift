import NIOCore
import NIOHTTP1
import Testing

@testable import HTTPTransport

@Suite("Request encoding") struct RequestEncodingTests {
    private func encode(_ request: HTTPClientRequest) throws -> String {
        var buffer = ByteBuffer()
        try RequestEncoding.write(request, host: "h:1", to: &buffer)
        return String(buffer: buffer)
    }

    @Test("adds host and length, and keeps framing to itself")
    func heads() throws {
        let body = ByteBuffer(string: "abc")
        let headers: HTTPHeaders = [
            "a": "b", "Content-Length": "9", "transfer-encoding": "chunked", "connection": "close",
        ]
        #expect(
            try encode(.init(method: .POST, target: "/x", headers: headers, body: body))
                == "POST /x HTTP/1.1\r\na: b\r\nhost: h:1\r\ncontent-length: 3\r\n\r\n")
        #expect(
            try encode(.init(method: .GET, target: "/", headers: ["Host": "z"])) == "GET / HTTP/1.1\r\nHost: z\r\n\r\n")
        #expect(
            try encode(.init(method: .POST, target: "/")) == "POST / HTTP/1.1\r\nhost: h:1\r\ncontent-length: 0\r\n\r\n"
        )
    }

    @Test("refuses what would break the head")
    func refusals() {
        let requests: [HTTPClientRequest] = [
            .init(method: .GET, target: "/ HTTP/1.1\r\nx: y"), .init(method: .GET, target: ""),
            .init(method: .RAW(value: "GET /x"), target: "/"),
            .init(method: .GET, target: "/", headers: ["a": "b\r\nc: d"]),
            .init(method: .GET, target: "/", headers: ["a:": "b"]),
        ]
        for request in requests {
            let error = #expect(throws: TransportError.self) { try encode(request) }
            #expect(error?.code == .invalidMessage)
        }
    }
}
