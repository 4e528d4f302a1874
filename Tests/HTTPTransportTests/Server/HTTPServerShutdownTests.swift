import HTTPTransport
import NIOCore
import NIOHTTP1
import Testing

@Suite("HTTP server's end", .timeLimit(.minutes(1))) struct HTTPServerShutdownTests {
    private let get = "GET / HTTP/1.1\r\nhost: x\r\n\r\n"

    @Test("closes idle connections, finishes open requests, accepts no more")
    func graceful() async throws {
        let started = Event()
        let release = Event()
        try await withServer { _ in
        } answer: { request, writer in
            if request.path == "/slow" {
                started.happened()
                await release.wait()
            }
            try await echo(request, writer)
        } _: { server, _ in
            let idle = try await RawPeer.connect(to: server.port)
            try await idle.send(get)
            #expect(await idle.receive(until: "GET / ") != nil)
            let busy = try await RawPeer.connect(to: server.port)
            try await busy.send("GET /slow HTTP/1.1\r\nhost: x\r\n\r\n")
            await started.wait()
            async let end: Void = server.shutDown(grace: .seconds(30))
            #expect(await idle.receiveAll() == "")
            await #expect(throws: (any Error).self) { try await RawPeer.connect(to: server.port) }
            release.happened()
            let answer = await busy.receiveAll()
            #expect(answer.contains("connection: close\r\n"))
            #expect(answer.hasSuffix("GET /slow "))
            await end
        }
    }

    @Test("cancels what outlasts the grace period")
    func impatient() async throws {
        let started = Event()
        let cancelled = Event()
        try await withServer { _ in
        } answer: { _, writer in
            try writer.start(.ok)
            try await writer.write(ByteBuffer(string: "part"))
            started.happened()
            try? await Task.sleep(for: .seconds(50))
            if Task.isCancelled { cancelled.happened() }
        } _: { server, _ in
            let peer = try await RawPeer.connect(to: server.port)
            try await peer.send(get)
            await started.wait()
            await server.shutDown(grace: .milliseconds(20))
            await cancelled.wait()
            #expect(await !peer.receiveAll().contains("0\r\n\r\n"))
        }
    }

    @Test("what outlasts the grace period may still end its answer, over HTTP/1.1 and HTTP/2")
    func lastWord() async throws {
        let started = [Event(), Event(), Event()]
        try await withServer { _ in
        } answer: { request, writer in
            if request.path == "/silent" {
                started[2].happened()
                try await Task.sleep(for: .seconds(50))
            }
            try writer.start(.ok)
            try await writer.write(ByteBuffer(string: "part,"))
            started[request.path == "/1" ? 0 : 1].happened()
            try? await Task.sleep(for: .seconds(50))
            #expect(Task.isCancelled && writer.isConnected)
            try await writer.write(ByteBuffer(string: "last word."))
            try await writer.finish()
        } _: { server, _ in
            let peer = try await RawPeer.connect(to: server.port)
            try await peer.send("GET /1 HTTP/1.1\r\nhost: x\r\n\r\n")
            let silent = try await RawPeer.connect(to: server.port)
            try await silent.send("GET /silent HTTP/1.1\r\nhost: x\r\n\r\n")
            let http2 = try await RawHTTP2Peer.connect(to: server.port)
            try await http2.send(.request(1, "GET", "/2"))
            for event in started { await event.wait() }
            async let end: Void = server.shutDown(grace: .milliseconds(20))
            let text = await peer.receiveAll()
            #expect(text.contains("last word.") && text.hasSuffix("0\r\n\r\n"))
            let answer = await http2.answer(1)
            #expect(answer.body == "part,last word." && answer.isComplete)
            // Who had not answered yet does not answer now: the server does.
            #expect(await silent.receiveAll().hasPrefix("HTTP/1.1 503 "))
            await end
        }
    }

    @Test("hurrying ends the grace period")
    func hurried() async throws {
        let started = Event()
        try await withServer { _ in
        } answer: { _, _ in
            started.happened()
            try await Task.sleep(for: .seconds(50))
        } _: { server, _ in
            let peer = try await RawPeer.connect(to: server.port)
            try await peer.send(get)
            await started.wait()
            async let end: Void = server.shutDown(grace: .seconds(50))
            server.hurry()
            #expect(await peer.receiveAll().hasPrefix("HTTP/1.1 503 "))
            await end
        }
    }

    @Test("a client that still takes in its last answer, or still sends a body that nobody wants, holds nothing up")
    func flushing() async throws {
        let answered = Event()
        let size = 16_000_000
        try await withServer { _ in
        } reception: { _ in
            .refuse
        } answer: { request, writer in
            let count = request.path == "/large" ? size : 4
            try await writer.respond(.ok, body: ByteBuffer(repeating: 0x61, count: count))
            if count == size { answered.happened() }
        } _: { server, _ in
            let sending = try await RawPeer.connect(to: server.port)
            try await sending.send("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\na")
            #expect(await sending.receive(until: "aaaa") != nil)
            let reading = try await RawPeer.connect(to: server.port, receiveBuffer: 65_536, autoRead: false)
            try await reading.send("GET /large HTTP/1.1\r\nhost: x\r\n\r\n")
            await answered.wait()
            async let end: Void = server.shutDown(grace: .seconds(600))
            #expect(await sending.receiveAll() == "")
            try await reading.channel.setOption(.autoRead, value: true).get()
            #expect(await reading.receiveAll().utf8.count > size)
            await end
        }
    }
}
