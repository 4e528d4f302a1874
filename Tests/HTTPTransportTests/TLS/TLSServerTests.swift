import NIOCore
import NIOHTTP1
import Testing

@testable import HTTPTransport

@Suite("HTTP server over TLS", .timeLimit(.minutes(1))) struct TLSServerTests {
    private func withSecureServer(
        _ configure: (inout HTTPServerConfiguration) -> Void = { _ in },
        answer: @escaping @Sendable (HTTPRequest, HTTPResponseWriter) async throws -> Void = {
            try await echo($0, $1)
        },
        _ body: (HTTPServer, TLSContext) async throws -> Void
    ) async throws {
        let tls = try TestTLS()
        let (server, client) = (try tls.certificate(), try tls.client())
        try await withServer {
            $0.tls = server
            configure(&$0)
        } answer: {
            try await answer($0, $1)
        } _: { server, _ in
            try await body(server, client)
        }
    }

    @Test("answers one request after the other")
    func keepAlive() async throws {
        try await withSecureServer { server, tls in
            let peer = try await RawPeer.connect(to: server.port, tls: tls)
            for text in ["one", "two"] {
                try await peer.send("POST /\(text) HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\n\(text)")
                #expect(await peer.receive(until: "POST /\(text) \(text)") != nil)
            }
            await peer.close()
        }
    }

    @Test("a connection that brings no request ends in silence")
    func idle() async throws {
        try await withSecureServer {
            $0.headerTimeout = .seconds(2)
        } _: { server, tls in
            let peer = try await RawPeer.connect(to: server.port, tls: tls)
            #expect(await peer.receiveAll() == "")
        }
    }

    @Test("ends an answer that ends by closing with TLS's own end")
    func closing() async throws {
        try await withSecureServer { server, tls in
            let peer = try await RawPeer.connect(to: server.port, tls: tls)
            try await peer.send("GET / HTTP/1.0\r\n\r\n")
            let answer = await peer.receiveAll()
            #expect(answer.hasSuffix("GET / "))
            #expect(peer.failure == nil, "\(String(describing: peer.failure))")
        }
    }

    @Test("cuts an answer off so that the client cannot take it for whole")
    func aborted() async throws {
        try await withSecureServer(answer: { _, writer in
            try writer.start(.ok, headers: [:])
            try await writer.write(ByteBuffer(string: "part"))
            throw CancellationError()
        }) { server, tls in
            let peer = try await RawPeer.connect(to: server.port, tls: tls)
            try await peer.send("GET / HTTP/1.0\r\n\r\n")
            let answer = await peer.receiveAll()
            #expect(answer.isEmpty || answer.hasSuffix("part"))
            #expect(peer.failure != nil || peer.wasReset)
        }
    }

    @Test("streams 20 MB to a client")
    func stream() async throws {
        let chunk = ByteBuffer(repeating: 0x61, count: 100_000)
        try await withSecureServer(answer: { _, writer in
            try writer.start(.ok, headers: [:])
            for _ in 0..<200 { try await writer.write(chunk) }
            try await writer.finish()
        }) { server, tls in
            let peer = try await RawPeer.connect(to: server.port, tls: tls)
            try await peer.send("GET / HTTP/1.0\r\n\r\n")
            let answer = await peer.receiveAll()
            #expect(answer.utf8.count > 20_000_000)
            #expect(peer.failure == nil)
        }
    }

    @Test("closes on a client that does not shake hands")
    func silent() async throws {
        try await withSecureServer {
            $0.headerTimeout = .milliseconds(50)
        } _: { server, _ in
            let peer = try await RawPeer.connect(to: server.port)
            #expect(await peer.receiveAll() == "")
        }
    }
}
