import CNGHTTP2
import NIOCore
import NIOHTTP1
import Testing

@testable import HTTPTransport

@Suite("HTTP/2 outbound body") struct HTTP2OutboundBodyTests {
    @Test("keeps the order however parts and frames are cut", arguments: [1, 7, 1_000, 5_000, 100_000])
    func order(frame: Int) {
        let body = HTTP2OutboundBody()
        var expected: [UInt8] = []
        var output = ByteBuffer()
        for index in 0..<40 {
            let part = [UInt8](repeating: UInt8(index), count: index % 3 == 0 ? 3_000 : 10 + index)
            expected += part
            body.append(ByteBuffer(bytes: part))
            if index % 4 == 3 { body.move(min(frame, body.queuedBytes), to: &output) }
        }
        body.end()
        while body.queuedBytes > 0 { body.move(min(frame, body.queuedBytes), to: &output) }
        #expect(Array(output.readableBytesView) == expected)
        #expect(body.sentBytes == expected.count)
    }

    @Test("offers what there is, waits for more, and says the end with the last bytes")
    func offers() {
        let body = HTTP2OutboundBody()
        var flags: UInt32 = 0
        #expect(body.offer(100, &flags) == Int(NGHTTP2_ERR_DEFERRED.rawValue))
        #expect(body.isDeferred)
        body.append(ByteBuffer(string: "abcdef"))
        #expect(body.offer(4, &flags) == 4)
        #expect(flags == NGHTTP2_DATA_FLAG_NO_COPY.rawValue)
        body.end(trailers: ["a": "b"])
        var output = ByteBuffer()
        body.move(4, to: &output)
        #expect(body.offer(4, &flags) == 2)
        #expect(flags & NGHTTP2_DATA_FLAG_EOF.rawValue != 0)
        #expect(flags & NGHTTP2_DATA_FLAG_NO_END_STREAM.rawValue != 0)
    }
}

@Suite("Token bucket") struct TokenBucketTests {
    @Test("allows a burst, then so many per second, and no debt for ever")
    func rates() {
        var bucket = TokenBucket(burst: 10, perSecond: 5)
        let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)
        var taken = [bucket.take(10, at: start), bucket.take(1, at: start)]
        taken += [bucket.take(4, at: start + .seconds(1)), bucket.take(1, at: start + .seconds(1))]
        bucket.credit(100)
        taken += [bucket.take(10, at: start + .seconds(1))]
        #expect(taken == [true, false, true, false, true])
    }
}

@Suite("HTTP/2 session pair") struct HTTP2SessionTests {
    /// Carries bytes between a client and a server until both are silent.
    private func carry(_ one: HTTP2Session, _ other: HTTP2Session) throws {
        var isMoving = true
        while isMoving {
            isMoving = false
            for (sender, receiver) in [(one, other), (other, one)] {
                while let bytes = try sender.takeOutput() {
                    isMoving = true
                    try receiver.receive(bytes)
                }
            }
        }
    }

    private func events(_ session: HTTP2Session) -> [HTTP2Event] {
        var events: [HTTP2Event] = []
        while let event = session.takeEvent() { events.append(event) }
        return events
    }

    @Test("a request and its answer, with trailers both ways")
    func exchange() throws {
        let client = try HTTP2Session(.client)
        let server = try HTTP2Session(.server)
        let body = HTTP2OutboundBody(ByteBuffer(string: "ping"))
        body.end(trailers: ["x-sum": "1"])
        let head = HTTP2Session.OutboundHead(headers: ["X-Name": " v ", "connection": "close", "host": "no"])
        let stream = try client.submitRequest(
            method: .POST, scheme: "https", authority: "a", path: "/p?q", head, body: body)
        try carry(client, server)
        var seen: [String] = []
        for event in events(server) {
            switch event {
            case .headers(let block) where block.kind == .request:
                seen.append("\(block.method) \(block.authority ?? "") \(block.path) \(block.fields)")
            case .headers(let block): seen.append("trailers \(block.fields) \(block.endsStream)")
            case .data(_, let bytes): seen.append(String(buffer: bytes))
            default: break
            }
        }
        #expect(seen == ["POST a /p?q [(\"x-name\", \"v\")]", "ping", "trailers [(\"x-sum\", \"1\")] true"])

        let answer = HTTP2OutboundBody(ByteBuffer(string: "pong"), isEnded: true)
        try server.submitResponse(200, .init(headers: [:], contentLength: 4), body: answer, on: stream)
        try carry(client, server)
        seen = []
        for event in events(client) {
            switch event {
            case .headers(let block): seen.append("\(block.kind) \(block.status) \(block.fields)")
            case .data(_, let bytes): seen.append(String(buffer: bytes))
            case .closed(_, let code): seen.append("\(code)")
            default: break
            }
        }
        #expect(seen == ["response 200 [(\"content-length\", \"4\")]", "pong", "NO_ERROR"])
    }

    @Test("refuses to send what could break a message", arguments: [("a b", "c"), ("a", "b\r\nc: d"), ("", "x")])
    func invalid(name: String, value: String) throws {
        let server = try HTTP2Session(.server)
        #expect(throws: TransportError.self) {
            try server.submitResponse(200, .init(headers: [name: value]), body: nil, on: 1)
        }
    }
}
