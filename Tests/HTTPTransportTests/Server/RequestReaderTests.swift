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

    /// Gives a head to a reader and says how its body is received.
    private func take(
        _ headers: HTTPHeaders, by reader: inout RequestReader, _ reception: BodyReception = .collect,
        coding: ContentCoding = .identity
    ) -> RequestReader.Start {
        switch reader.received(head(headers: headers)) {
        case .head: return reader.receive(reception, coding: coding)
        case .reject(let status): return .reject(status)
        default: return .reject(.imATeapot)
        }
    }

    @Test("puts a body together from its parts")
    func parts() {
        var reader = reader()
        #expect(take(["host": "a", "content-length": "6"], by: &reader) == .later(sendContinue: false))
        #expect(reader.isInBody)
        #expect(reader.received(.body(ByteBuffer(string: "abc"))).isNone)
        #expect(reader.received(.body(ByteBuffer(string: "def"))).isNone)
        guard case .collected(let body, let trailers) = reader.received(.end(["x-sum": "1", "Host": "b"])) else {
            Issue.record("not complete")
            return
        }
        #expect(String(buffer: body) == "abcdef")
        #expect(trailers == ["x-sum": "1"], "no trailer routes")
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
        let action = reader.received(head(version: version, headers: headers))
        guard case .head = action else {
            #expect(action.rejection == status)
            return
        }
        let start = reader.receive(.collect, coding: .identity)
        #expect(start == (status == nil ? .later(sendContinue: false) : .reject(.payloadTooLarge)))
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
        #expect(take(["host": "a", "transfer-encoding": "chunked"], by: &reader) == .later(sendContinue: false))
        #expect(reader.received(.body(ByteBuffer(string: "0123456789"))).isNone)
        #expect(reader.received(.body(ByteBuffer(string: "0"))).rejection == 413)
        #expect(reader.received(.end(nil)).isNone)
        #expect(reader.received(head(headers: ["host": "a"])).isNone, "nothing is read behind a refused request")
    }

    @Test("tells when a client waits for leave, or closes, or may upgrade")
    func kinds() {
        var reader = reader()
        let expecting: HTTPHeaders = ["host": "a", "expect": "100-Continue", "content-length": "1"]
        #expect(take(expecting, by: &reader) == .later(sendContinue: true))
        for headers: HTTPHeaders in [["host": "a", "connection": "close"], ["host": "a", "upgrade": "h2c"]] {
            reader = self.reader()
            guard case .head(let head) = reader.received(head(headers: headers)) else {
                Issue.record("refused")
                continue
            }
            #expect(!head.isKeepAlive)
        }
    }

    @Test(
        "knows by the head whether the rest of an unwanted body is soon over",
        arguments: [
            (["host": "a"], true), (["host": "a", "content-length": "65536"], true),
            (["host": "a", "content-length": "65537"], false), (["host": "a", "transfer-encoding": "chunked"], false),
            (["host": "a", "content-length": "1", "expect": "100-continue"], false),
        ] as [(HTTPHeaders, Bool)])
    func rest(headers: HTTPHeaders, isSmall: Bool) {
        var reader = reader()
        #expect(take(headers, by: &reader, .refuse) == .now)
        #expect(reader.isRestSmall == isSmall)
        #expect(reader.received(.body(ByteBuffer(string: "a"))).isNone)
        _ = reader.received(.end(nil))
        #expect(reader.isRestSmall)
        reader.abandon()
        #expect(!reader.isRestSmall)
    }

    @Test("collects and streams within the bounds that the responder sets")
    func bounds() {
        let headers: HTTPHeaders = ["host": "a", "content-length": "11"]
        for (reception, start) in [
            (BodyReception.collect, RequestReader.Start.reject(.payloadTooLarge)),
            (.collectUpTo(11), .later(sendContinue: false)), (.collectUpTo(10), .reject(.payloadTooLarge)),
            (.stream(upTo: 11), .now), (.stream(upTo: 10), .reject(.payloadTooLarge)), (.refuse, .now),
        ] {
            var reader = reader()
            #expect(take(headers, by: &reader, reception) == start)
        }
    }
}

extension RequestReader.Action {
    fileprivate var isNone: Bool { if case .none = self { true } else { false } }
    fileprivate var rejection: UInt? { if case .reject(let status) = self { status.code } else { nil } }
}
