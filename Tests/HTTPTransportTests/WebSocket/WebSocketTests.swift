import NIOCore
import NIOHTTP1
import Testing

@testable import HTTPTransport

@Suite("WebSocket", .timeLimit(.minutes(1))) struct WebSocketTests {
    @Sendable private static func echoes(_ webSocket: WebSocket) async {
        do {
            while let message = try await webSocket.receive() { try await webSocket.send(message) }
        } catch {}
    }

    /// Opens a WebSocket to an echo server of this target.
    private func withEcho(
        maximumBytes: Int = 30_000_000, _ body: (WebSocket, HTTPServer) async throws -> Void
    ) async throws {
        try await withServer {
            $0.maximumWebSocketMessageBytes = 30_000_000
        } webSocket: {
            await Self.echoes($0)
        } answer: { request, writer in
            try await echo(request, writer)
        } _: { server, loops in
            let webSocket = try await WebSocket.connect(
                url: "ws://127.0.0.1:\(server.port)/rpc", maximumMessageBytes: maximumBytes, on: loops,
                deadline: .now + .seconds(20))
            try await body(webSocket, server)
            await webSocket.close()
        }
    }

    @Test("carries messages both ways, on a port that also answers requests")
    func echoing() async throws {
        try await withEcho { webSocket, server in
            for text in ["", "a", String(repeating: "b", count: 70_000)] {
                try await webSocket.send(ByteBuffer(string: text))
                let answer = try await webSocket.receive()
                #expect(answer == ByteBuffer(string: text))
            }
            let peer = try await RawPeer.connect(to: server.port)
            try await peer.send("POST /rpc HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}")
            #expect(await peer.receive(until: "POST /rpc {}") != nil)
        }
    }

    @Test("carries 20 MB in one message")
    func large() async throws {
        try await withEcho { webSocket, _ in
            let message = ByteBuffer(repeating: 0x61, count: 20_000_000)
            async let sent: Void = webSocket.send(message)
            let answer = try await webSocket.receive()
            #expect(answer == message)
            try await sent
        }
    }

    @Test("runs from any loop, and many messages in order")
    func order() async throws {
        try await withEcho { webSocket, _ in
            let count = 2_000
            async let sender: Void = {
                for index in 0..<count { try await webSocket.send(ByteBuffer(string: "\(index)")) }
            }()
            for index in 0..<count {
                let message = try await webSocket.receive()
                #expect(message == ByteBuffer(string: "\(index)"))
            }
            try await sender
        }
    }

    @Test("refuses a message above the bound")
    func oversized() async throws {
        try await withEcho(maximumBytes: 1_000) { webSocket, _ in
            try await webSocket.send(ByteBuffer(repeating: 0x61, count: 1_001))
            let error = await #expect(throws: TransportError.self) { try await webSocket.receive() }
            #expect(error?.code == .messageTooLarge)
        }
    }

    @Test("cancelling a receive leaves the WebSocket open")
    func cancelledReceive() async throws {
        try await withEcho { webSocket, _ in
            let task = Task { try await webSocket.receive() }
            try await Task.sleep(for: .milliseconds(10))
            task.cancel()
            await #expect(throws: TransportError.self) { try await task.value }
            try await webSocket.send(ByteBuffer(string: "still"))
            let answer = try await webSocket.receive()
            #expect(answer == ByteBuffer(string: "still"))
        }
    }

    @Test("both sides learn of an end", arguments: [true, false])
    func ends(serverCloses: Bool) async throws {
        let ended = Event()
        try await withServer { _ in
        } webSocket: { webSocket in
            if serverCloses { return }
            let last = try? await webSocket.receive()
            #expect(last == .some(nil))
            ended.happened()
        } answer: { request, writer in
            try await echo(request, writer)
        } _: { server, loops in
            let webSocket = try await WebSocket.connect(
                url: "ws://127.0.0.1:\(server.port)", maximumMessageBytes: 10, on: loops, deadline: .now + .seconds(20))
            if serverCloses {
                let last = try await webSocket.receive()
                #expect(last == nil)
            } else {
                await webSocket.close()
                await ended.wait()
            }
            await #expect(throws: TransportError.self) { try await webSocket.send(ByteBuffer(string: "late")) }
        }
    }

    @Test("a lost connection is no clean end, and cancels the server's task")
    func lost() async throws {
        let cancelled = Event()
        try await withServer { _ in
        } webSocket: { _ in
            try? await Task.sleep(for: .seconds(50))
            if Task.isCancelled { cancelled.happened() }
        } answer: { request, writer in
            try await echo(request, writer)
        } _: { server, loops in
            let webSocket = try await WebSocket.connect(
                url: "ws://127.0.0.1:\(server.port)", maximumMessageBytes: 10, on: loops, deadline: .now + .seconds(20))
            webSocket.handler.loop.execute { webSocket.handler.channel?.close(promise: nil) }
            let error = await #expect(throws: TransportError.self) { try await webSocket.receive() }
            #expect(error?.code == .connectionClosed)
            await cancelled.wait()
        }
    }

    @Test("shutting the server down says goodbye")
    func serverGoesAway() async throws {
        try await withServer { _ in
        } webSocket: {
            await Self.echoes($0)
        } answer: { request, writer in
            try await echo(request, writer)
        } _: { server, loops in
            let webSocket = try await WebSocket.connect(
                url: "ws://127.0.0.1:\(server.port)", maximumMessageBytes: 10, on: loops, deadline: .now + .seconds(20))
            async let end: Void = server.shutDown(grace: .seconds(20))
            let last = try await webSocket.receive()
            #expect(last == nil)
            await end
        }
    }

    @Test("takes frames that come with the handshake, and fragments with a ping between them")
    func rawFragments() async throws {
        try await withServer { _ in
        } webSocket: {
            await Self.echoes($0)
        } answer: { request, writer in
            try await echo(request, writer)
        } _: { server, _ in
            let peer = try await RawPeer.connect(to: server.port)
            let handshake =
                "GET / HTTP/1.1\r\nhost: x\r\nupgrade: WebSocket\r\nconnection: keep-alive, Upgrade\r\n"
                + "sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
            // Masked with zeros: "He" without fin, ping "p", "llo" with fin.
            let frames: [UInt8] = [
                0x01, 0x82, 0, 0, 0, 0, 72, 101, 0x89, 0x81, 0, 0, 0, 0, 112, 0x80, 0x83, 0, 0, 0, 0, 108, 108, 111,
            ]
            try await peer.send(Array(handshake.utf8) + frames)
            let answer = await peer.receive(until: "Hello")
            #expect(answer?.contains("sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n") == true)
            #expect(answer?.contains("p") == true)
        }
    }

    @Test(
        "refuses an upgrade that is none, or not served",
        arguments: [
            "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n",
            "garbage\r\n\r\n", "",
            "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: wrong\r\n\r\n",
            "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n",
        ])
    func rejected(answer: String) async throws {
        let server = try await ScriptedServer.start { peer, _ in
            _ = await peer.receive(until: "\r\n\r\n")
            try await peer.send(answer)
        }
        let loops = EventLoops(count: 1)
        let error = await #expect(throws: TransportError.self) {
            try await WebSocket.connect(
                url: "ws://127.0.0.1:\(server.port)", maximumMessageBytes: 10, on: loops, deadline: .now + .seconds(20))
        }
        #expect(error?.code == .handshakeRejected)
        await server.stop()
        await loops.shutdown()
    }

    @Test("waits for a handshake until the deadline only, and for nobody who is not there")
    func late() async throws {
        let server = try await ScriptedServer.start { peer, _ in _ = await peer.receiveAll() }
        let loops = EventLoops(count: 1)
        func connect() async -> TransportError.Code? {
            let error = await #expect(throws: TransportError.self) {
                try await WebSocket.connect(
                    url: "ws://127.0.0.1:\(server.port)", maximumMessageBytes: 10, on: loops,
                    deadline: .now + .milliseconds(100))
            }
            return error?.code
        }
        #expect(await connect() == .deadlineExceeded)
        await server.stop()
        #expect(await connect() == .connectFailed)
        await loops.shutdown()
    }
}
