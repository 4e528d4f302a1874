import NIOCore
import NIOHTTP1
import Testing

@testable import HTTPTransport

@Suite("HTTP/2 client's goodbyes and second attempts", .timeLimit(.minutes(1))) struct HTTP2ClientRetryTests {
    private static let refused: UInt32 = 7
    private static let needsHTTP1: UInt32 = 13

    @Test("a GOAWAY lets streams up to its last one finish, and sends the others again on a new connection")
    func goAway() async throws {
        try await withHTTP2Client { peer, number in
            guard number == 1 else { return try await answerAll(peer, number) }
            let first = try #require(await peer.request())
            _ = try #require(await peer.request())
            try await peer.send(.response(first.stream), .data(first.stream, "ol"), .goAway(lastStream: first.stream))
            try await peer.send(.data(first.stream, "d", ends: true))
            // The client closes when its last stream is over.
            #expect(await peer.goAway() == 0)
            await peer.waitUntilClosed()
        } _: { client, server in
            async let one = client.post(to: server.target)
            async let other = client.post(to: server.target)
            let answers = try await [one, other]
            #expect(Set(answers) == ["200 old", "200 ok"])
            #expect(server.accepted.value == 2)
            let next = try await client.post(to: server.target)
            #expect(next == "200 ok")
            #expect(server.accepted.value == 2)
        }
    }

    @Test("an answer whose last frame comes with the goodbye and the end is whole")
    func lastAnswer() async throws {
        let isReading = Event()
        try await withHTTP2Client { peer, _ in
            let request = try #require(await peer.request())
            try await peer.send(.response(request.stream), .data(request.stream, "ol"))
            await isReading.wait()
            try await peer.send(.data(request.stream, "d", ends: true), .goAway(lastStream: request.stream))
        } _: { client, server in
            let text = try await client.withResponse(from: server.target, deadline: .now + .seconds(20)) { _ in
                HTTPClientRequest(method: .GET, target: "/")
            } _: { response in
                var text = String(buffer: try await response.next() ?? ByteBuffer())
                isReading.happened()
                while let part = try await response.next() { text += String(buffer: part) }
                return text
            }
            #expect(text == "old")
        }
    }

    @Test("a notice of a shutdown lets all streams finish, and no new one begins there")
    func notice() async throws {
        try await withHTTP2Client { peer, number in
            guard number == 1 else { return try await answerAll(peer, number) }
            let request = try #require(await peer.request())
            try await peer.send(.goAway(lastStream: 0x7fff_ffff), .response(request.stream))
            let other = await peer.next { $0.kind == RawFrame.Kind.headers || $0.kind == RawFrame.Kind.goAway }
            #expect(other?.kind == RawFrame.Kind.goAway)
        } _: { client, server in
            try await client.withResponse(from: server.target, deadline: .now + .seconds(20)) { _ in
                HTTPClientRequest(method: .GET, target: "/")
            } _: { response in
                #expect(response.status == .ok)
                let answer = try await client.post(to: server.target)
                #expect(answer == "200 ok")
            }
            #expect(server.accepted.value == 2)
        }
    }

    @Test("a refused request is sent again, five times at most, unless its body is a stream")
    func refusal() async throws {
        try await withHTTP2Client { peer, _ in
            for _ in 0..<2 {
                let request = try #require(await peer.request())
                try await peer.send(.reset(request.stream, code: Self.refused))
                let again = try #require(await peer.request())
                try await peer.send(.response(again.stream), .data(again.stream, "ok", ends: true))
            }
            for _ in 0..<6 {
                let request = try #require(await peer.request())
                try await peer.send(.reset(request.stream, code: Self.refused))
            }
            let upload = try #require(await peer.request())
            try await peer.send(.reset(upload.stream, code: Self.refused))
            try await answerAll(peer, 1)
        } _: { client, server in
            for _ in 0..<2 {
                let answer = try await client.post(to: server.target)
                #expect(answer == "200 ok")
            }
            let error = await client.error(to: server.target)
            #expect(error?.code == .connectionClosed && error?.isRetryable == true)
            #expect(error?.message == "the peer refused the request: REFUSED_STREAM")
            let never = Event()
            let upload = await #expect(throws: TransportError.self) {
                try await client.withResponse(from: server.target, deadline: .now + .seconds(20)) { _ in
                    HTTPClientRequest(
                        method: .PUT, target: "/",
                        stream: .init {
                            await never.wait()
                            return nil
                        })
                } _: { _ in
                }
            }
            #expect(upload?.code == .connectionClosed && upload?.isRetryable == true)
            let next = try await client.post(to: server.target)
            #expect(next == "200 ok")
            #expect(server.accepted.value == 1)
        }
    }

    @Test("a connection that was closed while it was unused takes no request with it")
    func stale() async throws {
        let closed = Event()
        try await withHTTP2Client { peer, number in
            let request = try #require(await peer.request())
            try await peer.send(.response(request.stream), .data(request.stream, "ok", ends: true))
            guard number == 1 else { return try await answerAll(peer, number) }
            // Closes at the moment that the second request arrives.
            _ = await peer.request()
            closed.happened()
        } _: { client, server in
            for _ in 0..<2 {
                let answer = try await client.post(to: server.target)
                #expect(answer == "200 ok")
            }
            await closed.wait()
            #expect(server.accepted.value == 2)
        }
    }

    @Test("a fresh connection that is closed, and one that gave a sign of life since, are no reason to send again")
    func noRetry() async throws {
        try await withHTTP2Client { peer, number in
            if number == 1 {
                _ = await peer.request()
                return
            }
            let request = try #require(await peer.request())
            try await peer.send(.response(request.stream), .data(request.stream, "ok", ends: true))
            _ = await peer.request()
            try await peer.send(.ping())
            _ = await peer.next(RawFrame.Kind.ping)
        } _: { client, server in
            #expect(await client.error(to: server.target)?.code == .connectionClosed)
            #expect(server.accepted.value == 1)
            let answer = try await client.post(to: server.target)
            #expect(answer == "200 ok")
            #expect(await client.error(to: server.target)?.code == .connectionClosed)
            #expect(server.accepted.value == 2)
        }
    }

    @Test("a server over TLS that wants HTTP/1.1 gets it, for requests that follow too")
    func http11Required() async throws {
        let tls = try TestTLS()
        let context = try tls.client()
        let server = try await ScriptedServer.start(tls: tls.server(), acceptsHTTP2: true) { peer, number in
            if number == 1 {
                // The body is there as it is, whatever the frames around it.
                _ = await peer.receive(until: "ping")
                try await peer.send(RawFrame.settings().bytes() + RawFrame.reset(1, code: Self.needsHTTP1).bytes())
                _ = await peer.receiveAll()
            } else {
                while await peer.receive(until: "ping") != nil { try await peer.send(okay) }
            }
        }
        let target = HTTPTarget(server.address, tls: .init(context, serverName: "localhost"))
        try await withClient { client, _ in
            for _ in 0..<3 {
                let answer = try await client.post(to: target)
                #expect(answer == "200 ok")
            }
        }
        #expect(server.accepted.value == 2)
        await server.stop()
    }

    @Test("a server that stops lets the requests finish that it has")
    func draining() async throws {
        let (running, mayEnd) = (Event(), Event())
        try await withServer { _, writer in
            try writer.start(.ok)
            try await writer.write(ByteBuffer(string: "begun "))
            running.happened()
            await mayEnd.wait()
            try await writer.write(ByteBuffer(string: "ended"))
            try await writer.finish()
        } _: { server, _ in
            try await withClient { client, _ in
                let target = HTTPTarget(.loopback(server.port), version: .http2)
                let request = Task { try await client.post(to: target) }
                await running.wait()
                let stopped = Task { await server.shutDown(grace: .seconds(30)) }
                mayEnd.happened()
                let answer = try await request.value
                #expect(answer == "200 begun ended")
                await stopped.value
                #expect(await client.error(to: target)?.code == .connectFailed)
            }
        }
    }
}
