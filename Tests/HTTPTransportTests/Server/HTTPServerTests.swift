import HTTPTransport
import Logging
import NIOCore
import NIOHTTP1
import Testing

@Suite("HTTP server", .timeLimit(.minutes(1))) struct HTTPServerTests {
    private let post = "POST /a?b HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nhello"

    @Test("answers a request whole, with date and length")
    func whole() async throws {
        try await withServer(answer: echo) { server, _ in
            let peer = try await RawPeer.connect(to: server.port)
            try await peer.send(post)
            let answer = await peer.receive(until: "POST /a?b hello")
            #expect(answer?.hasPrefix("HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ndate: ") == true)
            #expect(answer?.contains(" GMT\r\ncontent-length: 15\r\n\r\n") == true)
        }
    }

    @Test("reads requests that arrive byte by byte")
    func byteByByte() async throws {
        try await withServer(answer: echo) { server, _ in
            let peer = try await RawPeer.connect(to: server.port)
            for byte in post.utf8 { try await peer.send([byte]) }
            #expect(await peer.receive(until: "POST /a?b hello") != nil)
            let chunked =
                "PUT / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\na: b\r\n\r\n"
            for byte in chunked.utf8 { try await peer.send([byte]) }
            #expect(await peer.receive(until: "PUT / abcde") != nil)
        }
    }

    @Test("answers pipelined requests in their order", arguments: [false, true])
    func pipelining(suspends: Bool) async throws {
        let open = Counter()
        let answer: @Sendable (HTTPRequest, HTTPResponseWriter) async throws -> Void = { request, writer in
            #expect(open.add() == 1, "one request at a time")
            if suspends { try await Task.sleep(for: .microseconds(100)) }
            try await writer.respond(.ok, body: ByteBuffer(string: "<\(request.path)>"))
            open.subtract()
        }
        try await withServer(answer: answer) { server, _ in
            let peer = try await RawPeer.connect(to: server.port)
            let count = 2_000
            var text = ""
            for index in 0..<count { text += "GET /\(index) HTTP/1.1\r\nhost: x\r\n\r\n" }
            try await peer.send(text)
            let answers = await peer.receive(until: "</\(count - 1)>") ?? ""
            let order = answers.split(separator: "</").dropFirst().compactMap { Int($0.prefix { $0 != ">" }) }
            #expect(order == Array(0..<count))
        }
    }

    @Test(
        "keeps a connection alive, and closes it when asked to",
        arguments: [
            (request: "GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", header: "connection: close"),
            (request: "GET / HTTP/1.0\r\n\r\n", header: "connection: close"),
            (
                request: "GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n",
                header: "connection: close"
            ),
        ])
    func closes(request: String, header: String) async throws {
        try await withServer(answer: echo) { server, _ in
            let peer = try await RawPeer.connect(to: server.port)
            for _ in 0..<3 {
                try await peer.send(post)
                #expect(await peer.receive(until: "hello")?.contains("connection:") == false)
            }
            try await peer.send(request)
            let answer = await peer.receiveAll()
            #expect(answer.contains(header))
            #expect(answer.hasSuffix("GET / "))
        }
    }

    @Test("keeps an HTTP/1.0 connection alive on request")
    func oldKeepAlive() async throws {
        try await withServer(answer: echo) { server, _ in
            let peer = try await RawPeer.connect(to: server.port)
            for _ in 0..<2 {
                try await peer.send("GET / HTTP/1.0\r\nconnection: keep-alive\r\n\r\n")
                #expect(await peer.receive(until: "GET / ")?.contains("connection: keep-alive") == true)
            }
        }
    }

    @Test("sends no body for HEAD, and the next answer is whole")
    func head() async throws {
        try await withServer { _ in
        } answer: { request, writer in
            if request.path == "/stream" {
                try writer.start(.ok)
                try await writer.write(ByteBuffer(string: "hidden"))
                try await writer.finish()
            } else {
                try await echo(request, writer)
            }
        } _: { server, _ in
            let peer = try await RawPeer.connect(to: server.port)
            try await peer.send("HEAD /a HTTP/1.1\r\nhost: x\r\n\r\nHEAD /stream HTTP/1.1\r\nhost: x\r\n\r\n" + post)
            let answer = await peer.receive(until: "hello") ?? ""
            #expect(answer.contains("content-length: 8\r\n\r\nHTTP/1.1 200 OK"))
            #expect(answer.contains("transfer-encoding: chunked\r\n\r\nHTTP/1.1 200 OK"))
            #expect(!answer.contains("hidden"))
        }
    }

    @Test("gives leave to send a body")
    func continues() async throws {
        try await withServer(answer: echo) { server, _ in
            let peer = try await RawPeer.connect(to: server.port)
            try await peer.send("POST / HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 3\r\n\r\n")
            #expect(await peer.receive(until: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
            try await peer.send("abc")
            #expect(await peer.receive(until: "POST / abc") != nil)
        }
    }

    @Test("answers 500 for an error before the start, and goes on")
    func failsBeforeStart() async throws {
        struct Failure: Error {}
        try await withServer { _ in
        } answer: { request, writer in
            if request.path == "/silent" { return }
            if request.path == "/fail" { throw Failure() }
            if request.path == "/header" {
                try await writer.respond(.ok, headers: ["a": "b\r\nc: d"], body: ByteBuffer())
            }
            try await echo(request, writer)
        } _: { server, _ in
            let peer = try await RawPeer.connect(to: server.port)
            for path in ["/fail", "/silent", "/header"] {
                try await peer.send("GET \(path) HTTP/1.1\r\nhost: x\r\n\r\n")
                let answer = await peer.receive(until: "500 Internal Server Error\n") ?? ""
                #expect(answer.hasPrefix("HTTP/1.1 500 Internal Server Error\r\n"))
                #expect(!answer.contains("c: d"))
            }
            try await peer.send(post)
            #expect(await peer.receive(until: "hello") != nil)
        }
    }

    @Test("cuts a streamed answer that fails, so that it does not look complete", arguments: ["1.1", "1.0"])
    func failsAfterStart(version: String) async throws {
        struct Failure: Error {}
        let received = Event()
        try await withServer { _ in
        } answer: { request, writer in
            try writer.start(.ok)
            try await writer.write(ByteBuffer(string: "part"))
            await received.wait()
            if request.path == "/throw" { throw Failure() }
        } _: { server, _ in
            for path in ["/throw", "/return"] {
                let peer = try await RawPeer.connect(to: server.port)
                try await peer.send("GET \(path) HTTP/\(version)\r\nhost: x\r\n\r\n")
                #expect(await peer.receive(until: "part") != nil)
                received.happened()
                let rest = await peer.receiveAll()
                #expect(!rest.contains("0\r\n\r\n"))
                if version == "1.0" { #expect(peer.wasReset, "a normal end would look like the body's") }
            }
        }
    }

    @Test("refuses connections above the maximum")
    func maximumConnections() async throws {
        try await withServer {
            $0.maximumConnections = 2
        } answer: { request, writer in
            try await echo(request, writer)
        } _: { server, _ in
            let first = try await RawPeer.connect(to: server.port)
            let second = try await RawPeer.connect(to: server.port)
            for peer in [first, second] {
                try await peer.send(post)
                #expect(await peer.receive(until: "hello") != nil)
            }
            let third = try await RawPeer.connect(to: server.port)
            #expect(await third.receiveAll() == "")
            await first.close()
            // The server needs a moment to see that the first is gone.
            var isAdmitted = false
            while !isAdmitted {
                let next = try await RawPeer.connect(to: server.port)
                try? await next.send(post)
                isAdmitted = await next.receive(until: "hello") != nil
            }
        }
    }

    @Test("reports a port that is taken")
    func bindFails() async throws {
        try await withServer(answer: echo) { server, loops in
            var configuration = HTTPServerConfiguration()
            configuration.port = server.port
            let error = await #expect(throws: TransportError.self) {
                try await HTTPServer.start(
                    configuration, on: loops, responder: ClosureResponder(answer: echo), logger: .init(label: "test"))
            }
            #expect(error?.code == .bindFailed)
        }
    }
}
