import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import HTTPTransport

/// Servers that break off, or speak something else than TLS.
@Suite("WebSocket over TLS to hostile servers", .timeLimit(.minutes(1))) struct TLSHostileServerTests {
    /// How connecting to a server with this script ends.
    private func failure(
        within: Duration = .seconds(30), names: NameLookup = .shared,
        _ script: @escaping @Sendable (RawPeer) async throws -> Void
    ) async throws -> TransportError? {
        let server = try await ScriptedServer.start { peer, _ in try await script(peer) }
        let loops = EventLoops(count: 1)
        let client = try TestTLS().client()
        let error = await #expect(throws: TransportError.self) {
            try await WebSocket.connect(
                url: "wss://localhost:\(server.port)", maximumMessageBytes: 10, tls: client, on: loops,
                deadline: .now + within)
        }
        await server.stop()
        await loops.shutdown()
        return error
    }

    /// Waits for the client's hello: a record of the handshake's type.
    @Sendable private static func hello(_ peer: RawPeer) async {
        _ = await peer.receive { $0.utf8.first == 0x16 }
    }

    @Test(
        "says what came instead of TLS",
        arguments: [
            (answer: "HTTP/1.1 400 Bad Request\r\n\r\n", reason: "wrong version number"),
            (answer: String(repeating: "x", count: 20_000), reason: "wrong version number"),
        ])
    func garbage(answer: String, reason: String) async throws {
        let error = try await failure { peer in
            await Self.hello(peer)
            try await peer.send(answer)
            _ = await peer.receiveAll()
        }
        #expect(error?.code == .tlsFailed)
        #expect(error?.message == "no TLS with localhost: \(reason)")
    }

    @Test(
        "says how a handshake ended too early",
        arguments: [
            [],
            // The head of a record, a record's beginning, and a server's hello without its end.
            [0x16, 0x03, 0x03], [0x16, 0x03, 0x03, 0x00, 0x7a, 0x02, 0x00],
            [0x16, 0x03, 0x03, 0x00, 0x04, 0x02, 0, 0, 0x76],
        ] as [[UInt8]])
    func truncated(bytes: [UInt8]) async throws {
        let error = try await failure { peer in
            await Self.hello(peer)
            try await peer.send(bytes)
        }
        #expect(error?.code == .connectionClosed)
        #expect(error?.message == "the connection with localhost ended during the TLS handshake")
        #expect(error?.isRetryable == true)
    }

    @Test("says that the connection was reset during the handshake")
    func reset() async throws {
        let error = try await failure { peer in
            await Self.hello(peer)
            await peer.reset()
        }
        #expect(error?.code == .connectionClosed)
        #expect(error?.message.contains("during the TLS handshake") == true)
    }

    @Test("passes on the server's own alert")
    func alert() async throws {
        let error = try await failure { peer in
            await Self.hello(peer)
            // A fatal alert: unrecognised name.
            try await peer.send([0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 112])
            _ = await peer.receiveAll()
        }
        #expect(error?.code == .tlsFailed)
        #expect(error?.message.contains("unrecognized name") == true, "\(String(describing: error))")
    }

    @Test("waits for a handshake until the deadline only")
    func silent() async throws {
        let error = try await failure(within: .milliseconds(200)) { peer in _ = await peer.receiveAll() }
        #expect(error?.code == .deadlineExceeded)
    }

    @Test("cancelling ends the handshake and closes the connection")
    func cancelled() async throws {
        let (began, closed) = (Event(), Event())
        let server = try await ScriptedServer.start { peer, _ in
            await Self.hello(peer)
            began.happened()
            _ = await peer.receiveAll()
            closed.happened()
        }
        let loops = EventLoops(count: 1)
        let client = try TestTLS().client()
        let task = Task {
            try await WebSocket.connect(
                url: "wss://localhost:\(server.port)", maximumMessageBytes: 10, tls: client, on: loops,
                deadline: .now + .seconds(60))
        }
        await began.wait()
        task.cancel()
        let error = await #expect(throws: TransportError.self) { try await task.value }
        #expect(error?.code == .cancelled)
        await closed.wait()
        await server.stop()
        await loops.shutdown()
    }
}
