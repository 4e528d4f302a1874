import NIOCore
import NIOHTTP1
import Testing

@testable import HTTPTransport

@Suite("HTTP client over TLS", .timeLimit(.minutes(1))) struct HTTPClientTLSTests {
    private let tls: TestTLS

    init() throws { tls = try TestTLS() }

    private static func server(_ context: TLSContext) async throws -> ScriptedServer {
        try await ScriptedServer.start(tls: context) { peer, _ in
            while await peer.receive(until: "ping") != nil { try await peer.send(okay) }
        }
    }

    private static func target(
        _ server: ScriptedServer, _ context: TLSContext, name: String? = nil
    ) -> HTTPTarget {
        HTTPTarget(server.address, tls: .init(context, serverName: name))
    }

    private static func unverified() throws -> TLSContext {
        var configuration = TLSClientConfiguration()
        configuration.verification = .none
        return try TLSContext(configuration)
    }

    @Test("verifies by name and by address, and reuses the connection", arguments: ["localhost", nil])
    func verified(name: String?) async throws {
        let server = try await Self.server(tls.server())
        let target = Self.target(server, try tls.client(), name: name)
        try await withClient { client, _ in
            for _ in 0..<3 {
                let answer = try await client.post(to: target)
                #expect(answer == "200 ok")
            }
        }
        #expect(server.accepted.value == 1)
        await server.stop()
    }

    @Test("refuses certificates of others unless told not to verify")
    func verification() async throws {
        let selfSigned = try await Self.server(TestTLS.server(TestCertificate(TestName(name: "miner"))))
        let elsewhere = try await Self.server(tls.server(TestName(name: "node", alternatives: "DNS:elsewhere.test")))
        let expired = try await Self.server(
            tls.server(TestName(name: "node", validFrom: -2, validUntil: -1)))
        let context = try tls.client()
        let unverified = try Self.unverified()
        try await withClient { client, _ in
            for server in [selfSigned, elsewhere, expired] {
                for name in ["localhost", nil] {
                    let error = await client.error(to: Self.target(server, context, name: name))
                    #expect(error?.code == .certificateRejected)
                    let answer = try await client.post(to: Self.target(server, unverified, name: name))
                    #expect(answer == "200 ok")
                }
            }
        }
        for server in [selfSigned, elsewhere, expired] { await server.stop() }
    }

    @Test("a server that speaks HTTP/1.1 is not taken for one of HTTP/2 that is wanted")
    func preference() async throws {
        let server = try await Self.server(tls.server())
        let target = HTTPTarget(server.address, tls: .init(try tls.client()), version: .http2)
        try await withClient { client, _ in
            #expect(await client.error(to: target)?.code == .tlsFailed)
        }
        await server.stop()
    }

    @Test("does not share connections between targets that trust differently")
    func pooling() async throws {
        let server = try await Self.server(tls.server())
        let verified = try tls.client()
        let unverified = try Self.unverified()
        let targets = [
            Self.target(server, unverified), Self.target(server, verified),
            Self.target(server, verified, name: "localhost"),
            HTTPTarget(server.address, tls: .init(verified), authority: "elsewhere.test"),
        ]
        try await withClient { client, _ in
            for _ in 0..<2 {
                for target in targets { _ = try await client.post(to: target) }
            }
        }
        #expect(server.accepted.value == targets.count)
        await server.stop()
    }

    @Test("a handshake that stalls ends with the connect timeout, and so does a silent listener")
    func stalledHandshake() async throws {
        let ended = Event()
        let server = try await ScriptedServer.start { peer, _ in
            _ = await peer.receiveAll()
            ended.happened()
        }
        let target = Self.target(server, try tls.client())
        try await withClient {
            $0.timeouts.connect = .milliseconds(100)
        } _: { client, _ in
            let error = await client.error(to: target)
            #expect(error?.code == .deadlineExceeded)
            #expect(error?.message.contains("within the connect timeout") == true)
            await ended.wait()
        }
        await server.stop()
    }

    @Test("fails when the peer speaks no TLS, closes or resets in the handshake", arguments: 0..<4)
    func broken(kind: Int) async throws {
        let server = try await ScriptedServer.start { peer, _ in
            _ = await peer.receive { !$0.isEmpty }
            switch kind {
            case 0: try await peer.send("HTTP/1.1 400 Bad Request\r\n\r\n")
            case 1: await peer.close()
            case 2: await peer.reset()
            default: try await peer.send([0x16, 0x03, 0x03, 0x00, 0x02, 0x02])
            }
        }
        let target = Self.target(server, try tls.client())
        try await withClient { client, _ in
            let code = await client.error(to: target)?.code
            #expect(code == .tlsFailed || code == .connectionClosed)
        }
        await server.stop()
    }

    @Test("an end without the closing alert is no clean end of a body")
    func truncation() async throws {
        let server = try await ScriptedServer.start(tls: tls.server()) { peer, _ in
            _ = await peer.receive(until: "ping")
            try await peer.send("HTTP/1.1 200 OK\r\n\r\nhalf")
            await peer.reset()
        }
        let target = Self.target(server, try tls.client())
        try await withClient { client, _ in
            #expect(await client.error(to: target)?.code == .connectionClosed)
        }
        await server.stop()
    }
}
