import NIOCore
import Testing

@testable import HTTPTransport

@Suite("WebSocket over TLS", .timeLimit(.minutes(1))) struct TLSWebSocketTests {
    @Sendable private static func echoes(_ webSocket: WebSocket) async {
        do {
            while let message = try await webSocket.receive() { try await webSocket.send(message) }
        } catch {}
    }

    /// Runs a TLS WebSocket server that echoes.
    private func withEcho(
        _ tls: ServerCertificate, _ body: (HTTPServer, EventLoops) async throws -> Void
    ) async throws {
        try await withServer {
            $0.maximumWebSocketMessageBytes = 30_000_000
            $0.tls = tls
        } webSocket: {
            await Self.echoes($0)
        } answer: { request, writer in
            try await echo(request, writer)
        } _: { server, loops in
            try await body(server, loops)
        }
    }

    private func connect(
        _ host: String = "localhost", _ port: Int, _ tls: TLSContext?, _ loops: EventLoops
    ) async throws -> WebSocket {
        try await WebSocket.connect(
            url: "wss://\(host):\(port)/rpc", maximumMessageBytes: 30_000_000, tls: tls, on: loops,
            deadline: .now + .seconds(30))
    }

    /// How a server with this certificate is refused.
    private func refusal(of server: ServerCertificate, by client: TLSContext?, host: String = "localhost") async throws
        -> String
    {
        var message = ""
        try await withEcho(server) { server, loops in
            let error = await #expect(throws: TransportError.self) {
                try await connect(host, server.port, client, loops)
            }
            #expect(error?.code == .certificateRejected, "\(String(describing: error))")
            #expect(error?.isRetryable == false)
            message = error?.message ?? ""
        }
        return message
    }

    @Test("carries messages both ways to a name and to an address", arguments: ["localhost", "127.0.0.1"])
    func echoing(host: String) async throws {
        let tls = try TestTLS()
        try await withEcho(tls.certificate()) { server, loops in
            let webSocket = try await connect(host, server.port, tls.client(), loops)
            for text in ["", "a", String(repeating: "b", count: 70_000)] {
                try await webSocket.send(ByteBuffer(string: text))
                let answer = try await webSocket.receive()
                #expect(answer == ByteBuffer(string: text))
            }
            await webSocket.close()
        }
    }

    @Test("speaks either version of TLS", arguments: [TLSVersion.tls12, .tls13])
    func versions(version: TLSVersion) async throws {
        let tls = try TestTLS()
        let certificate = try TestCertificate(TestName(name: "node"), by: tls.intermediate)
        let context = try TestTLS.certificate(certificate) { $0.versions = version...version }
        try await withEcho(context) { server, loops in
            let webSocket = try await connect("localhost", server.port, tls.client(), loops)
            try await webSocket.send(ByteBuffer(string: "hello"))
            let answer = try await webSocket.receive()
            #expect(answer == ByteBuffer(string: "hello"))
            await webSocket.close()
        }
    }

    @Test("carries 20 MB in one message")
    func large() async throws {
        let tls = try TestTLS()
        try await withEcho(tls.certificate()) { server, loops in
            let webSocket = try await connect("localhost", server.port, tls.client(), loops)
            let message = ByteBuffer(repeating: 0x61, count: 20_000_000)
            async let sent: Void = webSocket.send(message)
            let answer = try await webSocket.receive()
            #expect(answer == message)
            try await sent
            await webSocket.close()
        }
    }

    @Test("carries many messages in order, and keeps a slow reader's within bounds")
    func order() async throws {
        let tls = try TestTLS()
        try await withEcho(tls.certificate()) { server, loops in
            let webSocket = try await connect("localhost", server.port, tls.client(), loops)
            let count = 2_000
            async let sender: Void = {
                for index in 0..<count { try await webSocket.send(ByteBuffer(string: "\(index)")) }
            }()
            for index in 0..<count {
                let message = try await webSocket.receive()
                #expect(message == ByteBuffer(string: "\(index)"))
            }
            try await sender
            await webSocket.close()
        }
    }

    @Test("refuses a certificate that has expired")
    func expired() async throws {
        let tls = try TestTLS()
        let server = try tls.certificate(TestName(name: "old node", validFrom: -3, validUntil: -1))
        let message = try await refusal(of: server, by: tls.client())
        #expect(message == "the certificate of localhost is expired: certificate has expired (/CN=old node)")
    }

    @Test("refuses a certificate that is not valid yet")
    func early() async throws {
        let tls = try TestTLS()
        let server = try tls.certificate(TestName(name: "new node", validFrom: 1, validUntil: 3))
        let message = try await refusal(of: server, by: tls.client())
        #expect(
            message == "the certificate of localhost is not yet valid: certificate is not yet valid (/CN=new node)")
    }

    @Test("refuses an authority that has expired, and says where")
    func expiredAuthority() async throws {
        let tls = try TestTLS()
        let old = TestName(name: "Old Intermediate", validFrom: -3, validUntil: -1)
        let intermediate = try TestCertificate(old, isAuthority: true, by: tls.root)
        let server = try TestTLS.certificate(TestCertificate(TestName(name: "node"), by: intermediate))
        let message = try await refusal(of: server, by: tls.client())
        let place = "(/CN=Old Intermediate, an authority above it)"
        #expect(message == "the certificate of localhost is expired: certificate has expired \(place)")
    }

    @Test(
        "refuses a certificate for another host or address",
        arguments: [
            (names: "DNS:other.example", host: "localhost", reason: "hostname mismatch"),
            (names: "DNS:localhost.example,DNS:*.localhost", host: "localhost", reason: "hostname mismatch"),
            (names: "DNS:localhost,IP:127.0.0.2", host: "127.0.0.1", reason: "IP address mismatch"),
            (names: "DNS:127.0.0.1", host: "127.0.0.1", reason: "IP address mismatch"),
            (names: "IP:127.0.0.1", host: "localhost", reason: "hostname mismatch"),
        ])
    func wrongHost(names: String, host: String, reason: String) async throws {
        let tls = try TestTLS()
        let server = try tls.certificate(TestName(name: "other", alternatives: names))
        let message = try await refusal(of: server, by: tls.client(), host: host)
        #expect(message == "the certificate of \(host) is for another host: \(reason) (/CN=other)")
    }

    @Test("takes a common name for no host name, and a wildcard for whole labels only")
    func rulesOfNames() async throws {
        let tls = try TestTLS()
        for alternatives in ["URI:https://localhost", "DNS:local*", "DNS:*"] {
            let server = try tls.certificate(TestName(name: "localhost", alternatives: alternatives))
            let message = try await refusal(of: server, by: tls.client())
            #expect(message.contains("hostname mismatch"))
        }
    }

    @Test("refuses a certificate that signs itself")
    func selfSigned() async throws {
        let tls = try TestTLS()
        let server = try TestTLS.certificate(TestCertificate(TestName(name: "lonely")))
        let message = try await refusal(of: server, by: tls.client())
        #expect(message == "the certificate of localhost is self-signed: self-signed certificate (/CN=lonely)")
    }

    @Test("trusts a certificate that signs itself when it is the one that is given")
    func pinned() async throws {
        let tls = try TestTLS()
        let certificate = try TestCertificate(TestName(name: "lonely"))
        let file = try certificate.file()
        try await withEcho(TestTLS.certificate(certificate)) { server, loops in
            let client = try tls.client { $0.trustRoots = .file(file) }
            let webSocket = try await connect("localhost", server.port, client, loops)
            await webSocket.close()
        }
    }

    @Test("refuses an authority that it does not know, the system's store included", arguments: [false, true])
    func unknownAuthority(isSystem: Bool) async throws {
        let (tls, other) = (try TestTLS(), try TestTLS(root: "Other Root"))
        let client = try isSystem ? nil : other.client()
        let message = try await refusal(of: tls.certificate(), by: client)
        #expect(
            message.hasPrefix(
                "the certificate of localhost is of an unknown issuer: unable to get local issuer certificate"))
    }

    @Test("refuses what an authority revoked, in the whole chain", arguments: [false, true])
    func revoked(isAuthority: Bool) async throws {
        let tls = try TestTLS()
        let certificate = try TestCertificate(TestName(name: "stolen"), by: tls.intermediate)
        let lists = [
            try tls.root.revocationFile(isAuthority ? [tls.intermediate] : []),
            try tls.intermediate.revocationFile(isAuthority ? [] : [certificate]),
        ]
        let message = try await refusal(of: TestTLS.certificate(certificate), by: tls.client(revocations: lists))
        let place = isAuthority ? "/CN=Test Intermediate, an authority above it" : "/CN=stolen"
        #expect(message == "the certificate of localhost is revoked: certificate revoked (\(place))")
    }

    @Test("accepts what is not on the lists of revocations, and refuses what they do not cover or no longer cover")
    func standing() async throws {
        let tls = try TestTLS()
        let other = try TestCertificate(TestName(name: "other"), by: tls.intermediate)
        let ofRoot = try tls.root.revocationFile()
        let ofIntermediate = try tls.intermediate.revocationFile([other])
        try await withEcho(tls.certificate()) { server, loops in
            let client = try tls.client(revocations: [ofRoot, ofIntermediate])
            let webSocket = try await connect("localhost", server.port, client, loops)
            await webSocket.close()
        }
        let missing = try await refusal(of: tls.certificate(), by: tls.client(revocations: [ofRoot]))
        #expect(missing.contains("is of unknown standing: unable to get certificate CRL (/CN=node"))
        let old = try tls.intermediate.revocationFile(validUntil: -1)
        let expired = try await refusal(of: tls.certificate(), by: tls.client(revocations: [ofRoot, old]))
        #expect(expired.contains("is of unknown standing: CRL has expired"))
    }

    @Test("says so when the peers have no version of TLS in common")
    func noCommonVersion() async throws {
        let tls = try TestTLS()
        let certificate = try TestCertificate(TestName(name: "node"), by: tls.intermediate)
        let context = try TestTLS.certificate(certificate) { $0.versions = .tls12 ... .tls12 }
        try await withEcho(context) { server, loops in
            let client = try tls.client { $0.versions = .tls13 ... .tls13 }
            let error = await #expect(throws: TransportError.self) {
                try await connect("localhost", server.port, client, loops)
            }
            #expect(error?.code == .tlsFailed)
            #expect(error?.message.contains("protocol version") == true, "\(String(describing: error))")
        }
    }

    @Test("a plain request to a TLS port is no request")
    func plainToSecure() async throws {
        let tls = try TestTLS()
        try await withEcho(tls.certificate()) { server, loops in
            let peer = try await RawPeer.connect(to: server.port)
            try await peer.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n")
            let answer = await peer.receiveAll()
            #expect(!answer.contains("HTTP"))
            let error = await #expect(throws: TransportError.self) {
                try await WebSocket.connect(
                    url: "ws://localhost:\(server.port)", maximumMessageBytes: 10, on: loops,
                    deadline: .now + .seconds(30))
            }
            #expect(error?.code == .handshakeRejected)
        }
    }

    @Test("both sides learn of a clean end", arguments: [true, false])
    func ends(serverCloses: Bool) async throws {
        let tls = try TestTLS()
        let ended = Event()
        try await withServer {
            $0.tls = try? tls.certificate()
        } webSocket: { webSocket in
            if serverCloses { return }
            let last = try? await webSocket.receive()
            #expect(last == .some(nil))
            ended.happened()
        } answer: { request, writer in
            try await echo(request, writer)
        } _: { server, loops in
            let webSocket = try await connect("localhost", server.port, tls.client(), loops)
            if serverCloses {
                let last = try await webSocket.receive()
                #expect(last == nil)
            } else {
                await webSocket.close()
                await ended.wait()
            }
        }
    }
}
