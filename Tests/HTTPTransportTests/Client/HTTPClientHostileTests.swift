import NIOCore
import NIOHTTP1
import Testing

@testable import HTTPTransport

@Suite("HTTP client against hostile peers", .timeLimit(.minutes(1))) struct HTTPClientHostileTests {
    @Test(
        "refuses what is no response, and closes",
        arguments: [
            ("garbage\r\n\r\n", .malformedResponse),
            ("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab", .connectionClosed),
            ("HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", .malformedResponse),
            ("HTTP/1.1 200 OK\r\ncontent-length: 9223372036854775808\r\n\r\n", .malformedResponse),
            ("HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n", .malformedResponse),
            ("HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\na", .malformedResponse),
            ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffff1\r\n", .malformedResponse),
            ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab", .connectionClosed),
            ("HTTP/1.1 200 OK\r\na: b\0c\r\n\r\n", .malformedResponse), ("HTTP/1.1 200 OK\r\na", .connectionClosed),
            ("HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n", .malformedResponse),
            ("HTTP/3.0 200 OK\r\n\r\n", .malformedResponse), ("", .connectionClosed),
        ] as [(String, TransportError.Code)])
    func malformed(answer: String, code: TransportError.Code) async throws {
        let server = try await ScriptedServer.start { peer, _ in
            _ = await peer.receive(until: "ping")
            try await peer.send(answer)
        }
        try await withClient { client, _ in
            #expect(await client.failure(to: server.address) == code)
            #expect(await client.failure(to: server.address) == code)
        }
        #expect(server.accepted.value == 2)
        await server.stop()
    }

    @Test(
        "bounds endless heads, fields and informational responses",
        arguments: [
            (start: "HTTP/1.1 200 OK\r\n", again: "x: y\r\n", code: .responseTooLarge),
            (start: "HTTP/1.1 200 OK\r\nx: ", again: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", code: .responseTooLarge),
            (start: "HTTP/1.1 200 OK\r\n", again: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", code: .responseTooLarge),
            (start: "", again: "HTTP/1.1 103 Early Hints\r\n\r\n", code: .malformedResponse),
        ] as [(start: String, again: String, code: TransportError.Code)])
    func endless(start: String, again: String, code: TransportError.Code) async throws {
        let stopped = Event()
        let server = try await ScriptedServer.start { peer, _ in
            _ = await peer.receive(until: "ping")
            try await peer.send(start)
            let block = String(repeating: again, count: 100)
            do {
                while true { try await peer.send(block) }
            } catch {
                stopped.happened()
            }
        }
        try await withClient { client, _ in #expect(await client.failure(to: server.address) == code) }
        await stopped.wait()
        await server.stop()
    }

    @Test("takes no more of a body than it collects", arguments: [true, false])
    func oversized(isChunked: Bool) async throws {
        let stopped = Event()
        let server = try await ScriptedServer.start { peer, _ in
            _ = await peer.receive(until: "ping")
            let framing = isChunked ? "transfer-encoding: chunked" : "content-length: 1000000000000"
            try await peer.send("HTTP/1.1 200 OK\r\n\(framing)\r\n\r\n")
            let block = String(repeating: "a", count: 4_096)
            do {
                while true { try await peer.send(isChunked ? "1000\r\n\(block)\r\n" : block) }
            } catch {
                stopped.happened()
            }
        }
        try await withClient { client, _ in
            let error = await #expect(throws: TransportError.self) {
                try await client.post(to: server.address, limit: 100_000)
            }
            #expect(error?.code == .responseTooLarge)
        }
        await stopped.wait()
        await server.stop()
    }

    @Test(
        "never takes bytes behind a response for the next one",
        arguments: [
            okay + "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil", okay + "HTTP/1.1 200 OK\r\ncontent-le",
            okay + "H", okay + "x\r\n\r\n",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 4\r\n",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\nHTTP/1.1 200",
        ])
    func extraBytes(answer: String) async throws {
        let server = try await ScriptedServer.start { peer, _ in
            while await peer.receive(until: "ping") != nil {
                try await peer.send(answer)
            }
        }
        try await withClient { client, _ in
            for _ in 0..<3 { try await client.expect("200 ok", to: server.address) }
        }
        #expect(server.accepted.value == 3)
        await server.stop()
    }

    @Test("drops an idle connection on which the peer speaks unasked")
    func unasked() async throws {
        let spoken = Event()
        let server = try await ScriptedServer.start { peer, number in
            _ = await peer.receive(until: "ping")
            try await peer.send(okay)
            if number == 1 {
                try await peer.send("H")
                _ = await peer.receiveAll()
                spoken.happened()
            } else {
                _ = await peer.receive(until: "ping")
            }
        }
        try await withClient { client, _ in
            try await client.expect("200 ok", to: server.address)
            await spoken.wait()
            try await client.expect("200 ok", to: server.address)
        }
        #expect(server.accepted.value == 2)
        await server.stop()
    }

    enum Silence: CaseIterable { case beforeHead, inHead, inBody }

    private func silentServer(_ silence: Silence, _ ended: Event) async throws -> ScriptedServer {
        try await ScriptedServer.start { peer, _ in
            _ = await peer.receive(until: "ping")
            switch silence {
            case .beforeHead: break
            case .inHead: try? await peer.send("HTTP/1.1 200 OK\r\na: ")
            case .inBody: try? await peer.send("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab")
            }
            _ = await peer.receiveAll()
            ended.happened()
        }
    }

    @Test("ends an exchange at its deadline", arguments: Silence.allCases)
    func deadline(silence: Silence) async throws {
        let ended = Event()
        let server = try await silentServer(silence, ended)
        try await withClient { client, _ in
            #expect(await client.failure(to: server.address, within: .milliseconds(100)) == .deadlineExceeded)
            await ended.wait()
        }
        await server.stop()
    }

    @Test("a cancelled task closes its connection, long before its deadline", .timeLimit(.minutes(1)), arguments: Silence.allCases)
    func cancellation(silence: Silence) async throws {
        let ended = Event()
        let server = try await silentServer(silence, ended)
        try await withClient { client, _ in
            let sent = Event()
            let task = Task {
                try await client.withResponse(from: server.address, deadline: .now + .seconds(50)) { _ in
                    sent.happened()
                    return HTTPClientRequest(method: .POST, target: "/", body: ByteBuffer(string: "ping"))
                } _: { response in
                    try await response.collect(upTo: 10)
                }
            }
            await sent.wait()
            task.cancel()
            let result = await task.result
            let error = #expect(throws: TransportError.self) { try result.get() }
            #expect(error?.code == .cancelled)
            await ended.wait()
        }
        await server.stop()
    }

    @Test("leaving a response early closes its connection")
    func leftEarly() async throws {
        let ended = Event()
        let server = try await silentServer(.inBody, ended)
        try await withClient { client, _ in
            let status = try await client.withResponse(from: server.address, deadline: .now + .seconds(50)) { _ in
                HTTPClientRequest(method: .POST, target: "/", body: ByteBuffer(string: "ping"))
            } _: { response in
                response.status
            }
            #expect(status == .ok)
            await ended.wait()
        }
        await server.stop()
    }

    @Test("says that nobody listens")
    func refused() async throws {
        let server = try await ScriptedServer.start { _, _ in }
        await server.stop()
        try await withClient { client, _ in
            #expect(await client.failure(to: server.address) == .connectFailed)
        }
    }

    @Test("waits for a free connection until the deadline only")
    func waiting() async throws {
        let release = Event()
        let server = try await ScriptedServer.start { peer, _ in
            _ = await peer.receive(until: "ping")
            await release.wait()
            try await peer.send(okay)
            _ = await peer.receive(until: "ping")
        }
        try await withClient {
            $0.maximumConnections = 1
        } _: { client, _ in
            let first = Task { try await client.post(to: server.address) }
            while server.accepted.value == 0 { try await Task.sleep(for: .milliseconds(1)) }
            #expect(await client.failure(to: server.address, within: .milliseconds(50)) == .deadlineExceeded)
            let second = Task { try await client.post(to: server.address) }
            second.cancel()
            await #expect(throws: TransportError.self) { try await second.value }
            release.happened()
            let answer = try await first.value
            #expect(answer == "200 ok")
        }
        await server.stop()
    }
}
