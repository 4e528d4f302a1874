import NIOCore
import NIOHTTP1
import Testing

@testable import HTTPTransport

@Suite("Request reader") struct RequestReaderTests {
    private func reader() -> RequestReader { RequestReader(maximumBodyBytes: 10, maximumTargetBytes: 20) }

    private func head(
        _ method: HTTPMethod = .POST, _ uri: String = "/", version: HTTPVersion = .http1_1, headers: HTTPHeaders
    ) -> HTTPServerRequestPart {
        .head(HTTPRequestHead(version: version, method: method, uri: uri, headers: headers))
    }

    @Test("puts a body together from its parts")
    func parts() {
        var reader = reader()
        #expect(reader.received(head(headers: ["host": "a", "content-length": "6"])).isNone)
        #expect(reader.isInBody)
        #expect(reader.received(.body(ByteBuffer(string: "abc"))).isNone)
        #expect(reader.received(.body(ByteBuffer(string: "def"))).isNone)
        guard case .complete(let received) = reader.received(.end(nil)) else {
            Issue.record("not complete")
            return
        }
        #expect(String(buffer: received.body) == "abcdef")
        #expect(received.isKeepAlive)
        #expect(!reader.isInBody)
    }

    @Test(
        "refuses heads",
        arguments: [
            (headers: [:], version: .http1_1, status: 400), (headers: [:], version: .http1_0, status: nil),
            (headers: ["host": "a"], version: .http1_1, status: nil),
            (headers: HTTPHeaders([("host", "a"), ("Host", "b")]), version: .http1_1, status: 400),
            (
                headers: ["host": "a", "content-length": "1", "transfer-encoding": "chunked"], version: .http1_1,
                status: 400
            ),
            (
                headers: HTTPHeaders([("host", "a"), ("content-length", "1"), ("Content-Length", "1")]),
                version: .http1_1, status: 400
            ),
            (headers: ["host": "a", "content-length": "-1"], version: .http1_1, status: 400),
            (headers: ["host": "a", "content-length": "9223372036854775808"], version: .http1_1, status: 400),
            (headers: ["host": "a", "transfer-encoding": "chunked, identity"], version: .http1_1, status: 400),
            (headers: ["host": "a", "transfer-encoding": "xchunked"], version: .http1_1, status: 400),
            (headers: ["host": "a", "transfer-encoding": "Chunked"], version: .http1_1, status: nil),
            (headers: ["host": "a", "transfer-encoding": "chunked"], version: .http1_0, status: 400),
            (headers: ["host": "a", "expect": "a-pony"], version: .http1_1, status: 417),
            (headers: ["host": "a", "content-length": "11"], version: .http1_1, status: 413),
            (headers: ["host": "a", "content-length": "10"], version: .http1_1, status: nil),
        ] as [(headers: HTTPHeaders, version: HTTPVersion, status: UInt?)])
    func refusals(headers: HTTPHeaders, version: HTTPVersion, status: UInt?) {
        var reader = reader()
        #expect(reader.received(head(version: version, headers: headers)).rejection == status)
    }

    @Test("refuses a long target, CONNECT and a body that grows too long")
    func others() {
        var reader = reader()
        #expect(
            reader.received(head(.GET, "/" + String(repeating: "a", count: 20), headers: ["host": "a"])).rejection
                == 414)
        reader = self.reader()
        #expect(reader.received(head(.CONNECT, "a:1", headers: ["host": "a"])).rejection == 405)
        reader = self.reader()
        #expect(reader.received(head(headers: ["host": "a", "transfer-encoding": "chunked"])).isNone)
        #expect(reader.received(.body(ByteBuffer(string: "0123456789"))).isNone)
        #expect(reader.received(.body(ByteBuffer(string: "0"))).rejection == 413)
        #expect(reader.received(.end(nil)).isNone)
        #expect(reader.received(head(headers: ["host": "a"])).isNone, "nothing is read behind a refused request")
    }

    @Test("tells when a client waits for leave, or closes, or may upgrade")
    func kinds() {
        var reader = reader()
        guard
            case .sendContinue = reader.received(
                head(headers: ["host": "a", "expect": "100-Continue", "content-length": "1"]))
        else {
            Issue.record("no leave")
            return
        }
        for headers: HTTPHeaders in [["host": "a", "connection": "close"], ["host": "a", "upgrade": "h2c"]] {
            reader = self.reader()
            _ = reader.received(head(headers: headers))
            guard case .complete(let received) = reader.received(.end(nil)) else {
                Issue.record("not complete")
                continue
            }
            #expect(!received.isKeepAlive)
        }
    }
}

extension RequestReader.Action {
    fileprivate var isNone: Bool { if case .none = self { true } else { false } }
    fileprivate var rejection: UInt? { if case .reject(let status) = self { status.code } else { nil } }
}
