import Foundation
import HTTPTransport
import NIOCore
import NIOHTTP1
import Testing

@Suite("Where requests come from", .timeLimit(.minutes(1))) struct HTTPServerOriginTests {
    @Sendable private static func tell(_ request: HTTPRequest, _ writer: HTTPResponseWriter) async throws {
        try await writer.respond(
            .ok, body: ByteBuffer(string: "from <\(request.remoteAddress)> \(request.isSecure ? "secure" : "plain")."))
    }

    private static func get(_ fields: String = "") -> String { "GET / HTTP/1.1\r\nhost: x\r\n\(fields)\r\n" }

    private func withServer(
        _ configure: (inout HTTPServerConfiguration) -> Void, _ body: (HTTPServer) async throws -> Void
    ) async throws {
        try await HTTPTransportTests.withServer(
            configure, answer: { try await Self.tell($0, $1) }, { server, _ in try await body(server) })
    }

    @Test("a stranger's forwarded fields mean nothing, a trusted proxy's count")
    func forwarded() async throws {
        let fields = "x-forwarded-for: 203.0.113.9, 192.0.2.1\r\nx-forwarded-proto: https\r\nforwarded: for=1.2.3.4\r\n"
        try await withServer { _ in
        } _: { server in
            let peer = try await RawPeer.connect(to: server.port)
            try await peer.send(Self.get(fields))
            #expect(await peer.receive(until: ".")?.hasSuffix("from <127.0.0.1> plain.") == true)
        }
        try await withServer {
            $0.trustedProxies = TrustedProxies(["127.0.0.0/8"]) ?? TrustedProxies()
        } _: { server in
            let peer = try await RawPeer.connect(to: server.port)
            try await peer.send(Self.get(fields))
            #expect(await peer.receive(until: "secure.")?.hasSuffix("from <192.0.2.1> secure.") == true)
            let http2 = try await RawHTTP2Peer.connect(to: server.port)
            try await http2.send(
                .request(1, "GET", "/", [("x-forwarded-for", "192.0.2.2"), ("x-forwarded-proto", "http")]))
            #expect(await http2.answer(1).body == "from <192.0.2.2> plain.")
        }
    }

    @Test("PROXY: the client is whom the header names, in one piece and byte by byte, before HTTP/1.1, HTTP/2 and TLS")
    func proxyProtocol() async throws {
        func configure(_ configuration: inout HTTPServerConfiguration) {
            configuration.usesProxyProtocol = true
            configuration.trustedProxies = TrustedProxies(["127.0.0.1"]) ?? TrustedProxies()
        }
        try await withServer(configure) { server in
            let request = ProxyHeaders.v4 + Array(Self.get("x-forwarded-for: 1.2.3.4\r\n").utf8)
            let whole = try await RawPeer.connect(to: server.port)
            try await whole.send(request)
            #expect(await whole.receive(until: "plain.")?.hasSuffix("from <192.0.2.7> plain.") == true)
            let slow = try await RawPeer.connect(to: server.port)
            for byte in request { try await slow.send([byte]) }
            #expect(await slow.receive(until: "plain.")?.hasSuffix("from <192.0.2.7> plain.") == true)
            let check = try await RawPeer.connect(to: server.port)
            try await check.send(ProxyHeaders.local + Array(Self.get().utf8))
            #expect(await check.receive(until: "plain.")?.hasSuffix("from <127.0.0.1> plain.") == true)
            // Whom the proxy does not name may not name itself.
            for header in [ProxyHeaders.local, ProxyHeaders.bytes(family: 0, []), ProxyHeaders.bytes(family: 0x31, [])]
            {
                let unnamed = try await RawPeer.connect(to: server.port)
                try await unnamed.send(header + Array(Self.get("x-forwarded-for: 192.0.2.9\r\n").utf8))
                #expect(await unnamed.receive(until: "plain.")?.hasSuffix("from <127.0.0.1> plain.") == true)
            }
            for bytes in [Array(Self.get().utf8), ProxyHeaders.bytes(family: 0x11, [])] {
                let none = try await RawPeer.connect(to: server.port)
                try await none.send(bytes)
                #expect(await none.receiveAll() == "")
            }
        }
    }

    @Test("PROXY: nobody but trusted proxies may connect, and who sends no header is cut off in time")
    func strangers() async throws {
        try await withServer {
            $0.usesProxyProtocol = true
            $0.trustedProxies = TrustedProxies(["192.0.2.0/24"]) ?? TrustedProxies()
        } _: { server in
            let peer = try await RawPeer.connect(to: server.port)
            #expect(await peer.receiveAll() == "")
        }
        try await withServer {
            $0.usesProxyProtocol = true
            $0.headerTimeout = .milliseconds(50)
            $0.trustedProxies = TrustedProxies(["127.0.0.1"]) ?? TrustedProxies()
        } _: { server in
            let peer = try await RawPeer.connect(to: server.port)
            try? await peer.send(Array(ProxyHeaders.v4.prefix(14)))
            #expect(await peer.receiveAll() == "")
        }
    }

    @Test("one address has no more than its connections, whoever the proxy in front is")
    func connectionsPerAddress() async throws {
        try await withServer {
            $0.maximumConnectionsPerAddress = 2
        } _: { server in
            let first = try await RawPeer.connect(to: server.port)
            let second = try await RawPeer.connect(to: server.port)
            for peer in [first, second] {
                try await peer.send(Self.get())
                #expect(await peer.receive(until: "plain.") != nil)
            }
            let third = try await RawPeer.connect(to: server.port)
            #expect(await third.receiveAll() == "")
            await first.close()
            // The place is free once the server has seen the end.
            var answer: String?
            while answer == nil {
                let peer = try await RawPeer.connect(to: server.port)
                try? await peer.send(Self.get())
                answer = await peer.receive(until: "plain.")
            }
        }
        try await withServer {
            $0.maximumConnectionsPerAddress = 1
            $0.usesProxyProtocol = true
            $0.trustedProxies = TrustedProxies(["127.0.0.1"]) ?? TrustedProxies()
        } _: { server in
            let peers = [
                try await RawPeer.connect(to: server.port), try await RawPeer.connect(to: server.port),
                try await RawPeer.connect(to: server.port),
            ]
            for (peer, header) in zip(peers, [ProxyHeaders.v4, ProxyHeaders.v6, ProxyHeaders.local]) {
                try await peer.send(header + Array(Self.get().utf8))
                #expect(await peer.receive(until: "plain.") != nil)
            }
            let again = try await RawPeer.connect(to: server.port)
            try await again.send(ProxyHeaders.v4 + Array(Self.get().utf8))
            #expect(await again.receiveAll() == "")
        }
    }

    /// Makes a socket's file that nobody listens on.
    private static func abandonSocket(at path: String) throws {
        let socket = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let result = withUnsafePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(result == 0)
    }

    @Test("a Unix socket serves, is trusted when told so, replaces an abandoned one and is gone at the end")
    func unixSocket() async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "thalamus-\(UUID()).sock").path
        func configure(_ configuration: inout HTTPServerConfiguration) {
            configuration.unixSocket = path
            configuration.trustedProxies = TrustedProxies(["unix"]) ?? TrustedProxies()
        }
        for _ in 0..<2 {
            try await withServer(configure) { server in
                #expect(server.port == 0)
                let peer = try await RawPeer.connect(toUnixSocket: path)
                try await peer.send(Self.get())
                #expect(await peer.receive(until: "plain.")?.hasSuffix("from <> plain.") == true)
                try await peer.send(Self.get("x-forwarded-for: 192.0.2.1\r\nx-forwarded-proto: https\r\n"))
                #expect(await peer.receive(until: "secure.")?.hasSuffix("from <192.0.2.1> secure.") == true)
                let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
                #expect(mode == 0o660)
                // A second server does not take the address of one that runs.
                let error = await #expect(throws: TransportError.self) {
                    try await withServer(configure) { _ in }
                }
                #expect(error?.code == .bindFailed)
            }
            #expect(!FileManager.default.fileExists(atPath: path))
            // Left behind by a process that was killed.
            try Self.abandonSocket(at: path)
        }
        try FileManager.default.removeItem(atPath: path)
        try Data("a file".utf8).write(to: URL(filePath: path))
        await #expect(throws: TransportError.self) { try await withServer(configure) { _ in } }
        #expect(FileManager.default.contents(atPath: path) == Data("a file".utf8))
        try FileManager.default.removeItem(atPath: path)
    }
}
