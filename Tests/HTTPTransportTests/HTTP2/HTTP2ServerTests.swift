import HTTPTransport
import NIOCore
import NIOHTTP1
import Testing

@Suite("HTTP/2 server", .timeLimit(.minutes(1))) struct HTTP2ServerTests {
    @Test("answers a request with one write of head and body, and the connection goes on")
    func simple() async throws {
        try await withServer(answer: echo) { server, _ in
            let peer = try await RawHTTP2Peer.connect(to: server.port)
            try await peer.send(.request(1, "GET", "/a?b=c"))
            let answer = await peer.answer(1)
            #expect(answer.status == "200")
            #expect(answer.fields["content-type"] == "text/plain")
            #expect(answer.fields["content-length"] == "11")
            #expect(answer.fields["date"] != nil)
            #expect(answer.body == "GET /a?b=c ")
            try await peer.send(.request(3, "POST", "/x", [("content-length", "5")], ends: false))
            try await peer.send(.data(3, "ab"), .data(3, "cde", ends: true))
            #expect(await peer.answer(3).body == "POST /x abcde")
        }
    }

    @Test("takes the preface and frames in pieces of any size", arguments: [1, 2, 3, 5, 17])
    func pieces(size: Int) async throws {
        try await withServer(answer: echo) { server, _ in
            let peer = try await RawHTTP2Peer.connect(to: server.port, settings: nil, acknowledges: false)
            let bytes =
                RawFrame.preface + RawFrame.settings().bytes() + RawFrame.request(1, "POST", "/", ends: false).bytes()
                + RawFrame.data(1, "hello", ends: true).bytes()
            var rest = bytes[...]
            while !rest.isEmpty {
                try await peer.send(Array(rest.prefix(size)))
                rest = rest.dropFirst(size)
            }
            #expect(await peer.answer(1).body == "POST / hello")
        }
    }

    @Test(
        "HTTP/1.1 on the same port, also byte by byte and with a method like the preface",
        arguments: ["PUT", "PROPFIND", "POST"])
    func http1(method: String) async throws {
        try await withServer(answer: echo) { server, _ in
            let peer = try await RawPeer.connect(to: server.port)
            for byte in "\(method) /x HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n".utf8 {
                try await peer.send([byte])
            }
            let answer = await peer.receive { $0.contains("\(method) /x") || $0.contains("400") }
            #expect(answer?.hasPrefix("HTTP/1.1 ") == true)
        }
    }

    @Test("the upgrade to h2c is left out, and the request answered")
    func upgrade() async throws {
        try await withServer(answer: echo) { server, _ in
            let peer = try await RawPeer.connect(to: server.port)
            try await peer.send(
                "GET /u HTTP/1.1\r\nhost: a\r\nconnection: upgrade, http2-settings\r\nupgrade: h2c\r\n"
                    + "http2-settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n\r\n")
            let answer = await peer.receive(until: "GET /u ")
            #expect(answer?.hasPrefix("HTTP/1.1 200 ") == true)
        }
    }

    @Test("speaks HTTP/1.1 only when HTTP/2 is off")
    func off() async throws {
        try await withServer {
            $0.http2.isEnabled = false
        } answer: { request, writer in
            try await echo(request, writer)
        } _: { server, _ in
            let peer = try await RawPeer.connect(to: server.port)
            try await peer.send(RawFrame.preface)
            #expect(await peer.receiveAll().hasPrefix("HTTP/1.1 400 "))
        }
    }

    @Test("requests of one connection run side by side")
    func multiplexed() async throws {
        let release = Event()
        try await withServer { _ in
        } answer: { request, writer in
            if request.path == "/slow" { await release.wait() }
            try await echo(request, writer)
        } _: { server, _ in
            let peer = try await RawHTTP2Peer.connect(to: server.port)
            try await peer.send(.request(1, "GET", "/slow"), .request(3, "GET", "/fast"))
            #expect(await peer.answer(3).body == "GET /fast ")
            release.happened()
            #expect(await peer.answer(1).body == "GET /slow ")
        }
    }

    @Test("gives host, fields, joined cookies and trailers as HTTP/1.1 does")
    func fields() async throws {
        try await withServer { _ in
        } answer: { request, writer in
            let fields = request.headers.map { "\($0.name)=\($0.value)" }.joined(separator: "|")
            let trailers = request.trailers.map { "\($0.name)=\($0.value)" }.joined(separator: "|")
            try await writer.respond(.ok, body: ByteBuffer(string: "\(fields)#\(trailers)#\(request.remoteAddress)"))
        } _: { server, _ in
            let peer = try await RawHTTP2Peer.connect(to: server.port)
            let fields = [("cookie", "a=1"), ("x-y", "z"), ("te", "trailers"), ("cookie", "b=2")]
            try await peer.send(
                .request(1, "POST", "/", fields, ends: false), .data(1, "body"), .headers(1, [("x-sum", "7")]))
            let body = await peer.answer(1).body
            #expect(body == "host=localhost|x-y=z|te=trailers|cookie=a=1; b=2#x-sum=7#127.0.0.1")
        }
    }

    @Test(
        "sends no body where there is none",
        arguments: [
            (method: "HEAD", status: 200, length: "5" as String?), (method: "GET", status: 204, length: nil),
            (method: "GET", status: 304, length: nil),
        ])
    func bodiless(method: String, status: Int, length: String?) async throws {
        try await withServer { _ in
        } answer: { request, writer in
            let status = HTTPResponseStatus(statusCode: status)
            if request.path == "/whole" {
                return try await writer.respond(status, body: ByteBuffer(string: "12345"))
            }
            try writer.start(status)
            try await writer.write(ByteBuffer(string: "123"))
            try await writer.write(ByteBuffer(string: "45"))
            try await writer.finish(trailers: ["x": "y"])
        } _: { server, _ in
            let peer = try await RawHTTP2Peer.connect(to: server.port)
            try await peer.send(.request(1, method, "/whole"))
            let whole = await peer.answer(1)
            #expect(whole.status == "\(status)" && whole.body.isEmpty && whole.isComplete)
            #expect(whole.fields["content-length"] == length)
            try await peer.send(.request(3, method, "/streamed"))
            let streamed = await peer.answer(3)
            #expect(streamed.status == "\(status)" && streamed.body.isEmpty && streamed.isComplete)
        }
    }

    @Test("sends each chunk at once, and trailers behind the last")
    func chunks() async throws {
        let step = Event()
        try await withServer { _ in
        } answer: { _, writer in
            try writer.start(.ok, headers: ["Content-Type": "text/event-stream", "Connection": "x"])
            try await writer.write(ByteBuffer(string: "one"))
            await step.wait()
            try await writer.write(ByteBuffer(repeating: 0x61, count: 40_000))
            try await writer.finish(trailers: ["X-Sum": "9"])
        } _: { server, _ in
            let peer = try await RawHTTP2Peer.connect(to: server.port)
            try await peer.send(.request(1))
            #expect(await peer.next(RawFrame.Kind.data)?.text == "one")
            step.happened()
            let rest = await peer.answer(1)
            #expect(rest.body == String(repeating: "a", count: 40_000))
            #expect(rest.trailers == ["x-sum": "9"])
            #expect(rest.isComplete)
        }
    }

    @Test("cuts a stream whose responder fails after the start, answers 500 before it")
    func failures() async throws {
        struct Failure: Error {}
        try await withServer { _ in
        } answer: { request, writer in
            if request.path == "/late" {
                try writer.start(.ok)
                try await writer.write(ByteBuffer(string: "part"))
            }
            throw Failure()
        } _: { server, _ in
            let peer = try await RawHTTP2Peer.connect(to: server.port)
            try await peer.send(.request(1, "GET", "/early"))
            #expect(await peer.answer(1).status == "500")
            try await peer.send(.request(3, "GET", "/late"))
            let answer = await peer.answer(3)
            #expect(answer.body == "part" && answer.reset == 2, "INTERNAL_ERROR")
            try await peer.send(.request(5, "GET", "/early"))
            #expect(await peer.answer(5).status == "500", "the connection goes on")
        }
    }
}
