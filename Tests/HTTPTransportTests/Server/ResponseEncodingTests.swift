import NIOCore
import NIOHTTP1
import Testing

@testable import HTTPTransport

@Suite("Response encoding") struct ResponseEncodingTests {
    private func encode(
        _ status: HTTPResponseStatus, _ headers: HTTPHeaders, _ framing: AnswerState.Framing, isOld: Bool = false,
        isKeepAlive: Bool = true
    ) throws -> String {
        var buffer = ByteBuffer()
        try ResponseEncoding.write(
            .init(
                status: status, headers: headers, framing: framing, isOldVersion: isOld, isKeepAlive: isKeepAlive,
                date: "D"), to: &buffer)
        return String(buffer: buffer)
    }

    @Test("writes the framing and leaves the caller's out")
    func framing() throws {
        let headers: HTTPHeaders = [
            "a": "b", "Content-Length": "7", "transfer-encoding": "gzip", "Connection": "x", "Date": "y",
        ]
        #expect(
            try encode(.ok, headers, .length(3)) == "HTTP/1.1 200 OK\r\na: b\r\ndate: D\r\ncontent-length: 3\r\n\r\n")
        #expect(
            try encode(.notFound, headers, .chunked, isKeepAlive: false)
                == "HTTP/1.1 404 Not Found\r\na: b\r\ndate: D\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n"
        )
        #expect(
            try encode(.ok, [:], .length(0), isOld: true)
                == "HTTP/1.1 200 OK\r\ndate: D\r\ncontent-length: 0\r\nconnection: keep-alive\r\n\r\n")
        #expect(try encode(.noContent, [:], .none) == "HTTP/1.1 204 No Content\r\ndate: D\r\n\r\n")
    }

    @Test("refuses what would break the head")
    func refusals() {
        #expect(throws: TransportError.self) { try encode(.ok, ["a": "b\r\nc: d"], .none) }
        #expect(throws: TransportError.self) { try encode(.ok, ["a b": "c"], .none) }
        #expect(throws: TransportError.self) {
            try encode(.custom(code: 299, reasonPhrase: "a\r\nb: c"), [:], .none)
        }
    }
}
