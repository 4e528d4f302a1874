import NIOCore
import NIOHTTP1
import Testing

@testable import HTTPTransport

@Suite("HTTP server's reception of bodies", .timeLimit(.minutes(1))) struct HTTPServerReceptionTests {
    /// By the first part of the path.
    @Sendable static func reception(_ head: HTTPRequest) -> BodyReception {
        if head.path.hasPrefix("/stream") { return .stream(upTo: 1_000_000) }
        if head.path.hasPrefix("/refuse") { return .refuse }
        if head.path.hasPrefix("/small") { return .collectUpTo(10) }
        return .collect
    }

    /// Tells what came, by whichever way.
    @Sendable static func tell(_ request: HTTPRequest, _ writer: HTTPResponseWriter) async throws {
        var body = request.body
        var trailers = request.trailers
        if let stream = request.bodyStream {
            while let piece = try await stream.next() { body.writeImmutableBuffer(piece) }
            trailers = stream.trailers
        }
        let text = "\(request.path) [\(String(buffer: body))] \(trailers.map { "\($0.name)=\($0.value)" })"
        try await writer.respond(.ok, body: ByteBuffer(string: text))
    }

    private func withServer(
        configure: (inout HTTPServerConfiguration) -> Void,
        answer: @escaping @Sendable (HTTPRequest, HTTPResponseWriter) async throws -> Void = tell,
        _ body: (RawPeer) async throws -> Void
    ) async throws {
        try await HTTPTransportTests.withServer(configure, reception: Self.reception, answer: answer) { server, _ in
            try await body(try await RawPeer.connect(to: server.port))
        }
    }

    private func withServer(
        answer: @escaping @Sendable (HTTPRequest, HTTPResponseWriter) async throws -> Void = tell,
        _ body: (RawPeer) async throws -> Void
    ) async throws {
        try await withServer(configure: { _ in }, answer: answer, body)
    }

    static let chunked = "transfer-encoding: chunked\r\n\r\n"
    static let requests: [(text: String, answer: String)] = [
        ("POST /stream HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nhello", "/stream [hello] []"),
        ("POST /stream HTTP/1.1\r\nhost: x\r\n\(chunked)3\r\nhel\r\n2;a=b\r\nlo\r\n0\r\n\r\n", "/stream [hello] []"),
        (
            "POST /stream HTTP/1.1\r\nhost: x\r\n\(chunked)1\r\na\r\n0\r\nx-sum: 7\r\nAuthorization: me\r\n\r\n",
            "/stream [a] [\"x-sum=7\"]"
        ),
        (
            "POST / HTTP/1.1\r\nhost: x\r\n\(chunked)1\r\na\r\n0\r\nX-Sum: 7\r\nhost: z\r\n\r\n",
            "/ [a] [\"X-Sum=7\"]"
        ),
        ("GET /stream HTTP/1.1\r\nhost: x\r\n\r\n", "/stream [] []"),
        ("GET /refuse HTTP/1.1\r\nhost: x\r\n\r\n", "/refuse [] []"),
        ("POST /refuse HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nhello", "/refuse [] []"),
        ("POST /small HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nhellohello", "/small [hellohello] []"),
    ]

    @Test("gives bodies whole, streamed or not at all, and trailers apart; the connection goes on", arguments: requests)
    func kinds(text: String, answer: String) async throws {
        try await withServer { peer in
            // Whole, in two halves at every place, then a byte at a time: all on one connection.
            for cut in 0..<text.utf8.count {
                let bytes = Array(text.utf8)
                if cut > 0 { try await peer.send(Array(bytes.prefix(cut))) }
                try await peer.send(Array(bytes.dropFirst(cut)))
                let received = await peer.receive(until: answer)
                #expect(received?.hasPrefix("HTTP/1.1 200 ") == true, "\(cut)")
            }
            for byte in text.utf8 { try await peer.send([byte]) }
            #expect(await peer.receive(until: answer) != nil)
            try await peer.send(text + text)
            #expect(await peer.receive { $0.components(of: answer) == 2 } != nil, "pipelined")
        }
    }

    @Test("the task of a streamed body runs before the body is there")
    func early() async throws {
        let read = Event()
        try await withServer { request, writer in
            guard let stream = request.bodyStream else { return }
            try writer.start(.ok)
            try await writer.write(ByteBuffer(string: "begun,"))
            while let piece = try await stream.next() {
                try await writer.write(piece)
                read.happened()
            }
            try await writer.finish(trailers: ["x-sum": "8"])
        } _: { peer in
            try await peer.send("POST /stream HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n\r\n")
            #expect(await peer.receive(until: "begun,") != nil)
            try await peer.send("ab")
            #expect(await peer.receive(until: "ab") == "2\r\nab\r\n")
            try await peer.send("cd")
            #expect(await peer.receive(until: "\r\n\r\n") == "2\r\ncd\r\n0\r\nx-sum: 8\r\n\r\n")
        }
    }

    @Test("a client is held back while nobody reads, with at most 64 KiB in memory")
    func backPressure() async throws {
        let release = Event()
        let most = Counter()
        try await withServer { request, writer in
            guard let stream = request.bodyStream else { return }
            await release.wait()
            var count = 0
            while let piece = try await stream.next() {
                count += piece.readableBytes
                let waiting = stream.bufferedBytes + piece.readableBytes
                while waiting > most.value { most.add() }
            }
            try await writer.respond(.ok, body: ByteBuffer(string: "\(count) bytes"))
        } _: { peer in
            try await peer.send("POST /stream HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\n")
            async let sent: Void = peer.send([UInt8](repeating: 0x61, count: 1_000_000))
            // Time for the server to read what it wants to.
            try await peer.channel.eventLoop.scheduleTask(in: .milliseconds(50)) {}.futureResult.get()
            release.happened()
            try await sent
            #expect(await peer.receive(until: "1000000 bytes") != nil)
            #expect(most.value <= 65_536)
            #expect(most.value > 0)
        }
    }

    @Test("an unread rest that is small keeps the connection, a large one ends it", arguments: [10, 100_000])
    func unread(size: Int) async throws {
        try await withServer { _, writer in
            try await writer.respond(.ok, body: ByteBuffer(string: "no thanks"))
        } _: { peer in
            for path in ["/stream", "/refuse"] where size <= 65_536 {
                try await peer.send("POST \(path) HTTP/1.1\r\nhost: x\r\ncontent-length: \(size)\r\n\r\n")
                #expect(await peer.receive(until: "no thanks")?.contains("connection: close") == false)
                try await peer.send([UInt8](repeating: 0x0a, count: size))
            }
            try await peer.send("POST /refuse HTTP/1.1\r\nhost: x\r\ncontent-length: \(size)\r\n\r\n")
            let answer = await peer.receive(until: "no thanks")
            #expect(answer?.contains("connection: close") == (size > 65_536))
            guard size > 65_536 else { return }
            try? await peer.send("GET /smuggled HTTP/1.1\r\nhost: x\r\n\r\n")
            #expect(await peer.receiveAll().isEmpty)
        }
    }

    @Test("cuts an unread stream off behind its answer")
    func unreadStream() async throws {
        try await withServer { _, writer in
            try await writer.respond(.ok, body: ByteBuffer(string: "no thanks"))
        } _: { peer in
            try await peer.send("POST /stream HTTP/1.1\r\nhost: x\r\n\(Self.chunked)5\r\nhello\r\n")
            try? await peer.send("GET /smuggled HTTP/1.1\r\nhost: x\r\n\r\n")
            let answer = await peer.receiveAll()
            #expect(answer.hasSuffix("no thanks"))
            #expect(answer.components(of: "HTTP/1.1 ") == 1)
        }
    }

    @Test(
        "gives leave to send a body only when somebody wants it",
        arguments: [
            ("/", 5, ["100", "200"], false), ("/stream", 5, ["100", "200"], false), ("/refuse", 5, ["200"], true),
            ("/small", 11, ["413"], true), ("/unread", 5, ["100", "200"], false), ("/stream/unread", 5, ["200"], true),
        ])
    func expect(path: String, size: Int, statuses: [String], closes: Bool) async throws {
        try await withServer { request, writer in
            if request.path == "/stream/unread" { return try await writer.respond(.ok) }
            try await Self.tell(request, writer)
        } _: { peer in
            try await peer.send(
                "POST \(path) HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: \(size)\r\n\r\n")
            for status in statuses {
                let answer = await peer.receive(until: "\r\n\r\n")
                #expect(answer?.hasPrefix("HTTP/1.1 \(status) ") == true, "\(answer ?? "nothing")")
                if status == "100" { try await peer.send([UInt8](repeating: 0x61, count: size)) }
            }
            if closes {
                _ = await peer.receiveAll()
            } else {
                try await peer.send("GET /next HTTP/1.1\r\nhost: x\r\n\r\n")
                #expect(await peer.receive(until: "/next") != nil)
            }
        }
    }

    @Test("gives no leave to a client that sends its body at once")
    func noLeave() async throws {
        try await withServer { peer in
            try await peer.send(
                "POST /stream HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\nab")
            let answer = await peer.receive(until: "[ab]")
            #expect(answer?.hasSuffix("/stream [ab] []") == true)
        }
    }

    @Test(
        "what is wrong with a streamed body ends in an error of the client's",
        arguments: [
            ("content-length: 1000001\r\n\r\n", "413"), ("\(chunked)zz\r\n", "400"),
            ("\(chunked)\(String(1_000_001, radix: 16))\r\n" + String(repeating: "a", count: 1_000_001), "413"),
            ("content-length: 5\r\n\r\nab", "408"), ("\(chunked)5\r\nabcdeX\r\n0\r\n\r\n", "400"),
        ])
    func faults(text: String, status: String) async throws {
        try await withServer(configure: {
            $0.bodyTimeout = status == "408" ? .milliseconds(200) : .seconds(120)
        }) { peer in
            try? await peer.send("POST /stream HTTP/1.1\r\nhost: x\r\n\(text)")
            let answer = await peer.receiveAll()
            #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(answer)")
            #expect(answer.components(of: "HTTP/1.1 ") == 1)
        }
    }

    @Test("a client that leaves in the middle of a streamed body ends its task", arguments: [true, false])
    func leaves(resets: Bool) async throws {
        let started = Event()
        let ended = Event()
        try await withServer { request, _ in
            started.happened()
            do {
                while try await request.bodyStream?.next() != nil {}
            } catch {
                #expect((error as? TransportError)?.code == .connectionClosed)
                #expect(Task.isCancelled)
                ended.happened()
            }
        } _: { peer in
            try await peer.send("POST /stream HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nab")
            await started.wait()
            if resets { await peer.reset() } else { await peer.close() }
            await ended.wait()
        }
    }
}

extension String {
    /// How often `text` occurs.
    func components(of text: String) -> Int { ranges(of: text).count }
}
