import Testing

@testable import HTTPTransport

@Suite("TLS context") struct TLSContextTests {
    private func failure(_ body: () throws -> TLSContext) -> TransportError? {
        let error = #expect(throws: TransportError.self) { try body() }
        #expect(error?.code == .invalidConfiguration)
        return error
    }

    @Test("names the file that cannot be used, and says why")
    func files() throws {
        let tls = try TestTLS()
        let missing = "/nonexistent/thalamus.pem"
        let authorities = failure { try tls.client { $0.trustRoots = .file(missing) } }
        #expect(authorities?.message.contains("authorities in \(missing) cannot be used: ") == true)
        let revocations = failure { try tls.client(revocations: [missing]) }
        #expect(revocations?.message == "the revocations in \(missing) cannot be used: No such file or directory")
        let certificate = failure { try TLSContext(TLSServerConfiguration(certificateFile: missing, keyFile: missing)) }
        #expect(certificate?.message.contains("certificates in \(missing) cannot be used") == true)
        let noList = failure { try tls.client(revocations: [tls.root.file()]) }
        #expect(noList?.message.contains("cannot be used") == true)
    }

    @Test("refuses another certificate's key")
    func wrongKey() throws {
        let tls = try TestTLS()
        let error = failure {
            try TLSContext(
                TLSServerConfiguration(certificateFile: tls.root.chainFile(), keyFile: tls.intermediate.keyFile()))
        }
        #expect(error?.message.hasSuffix("key values mismatch") == true)
    }

    @Test("refuses names of protocols that ALPN cannot carry", arguments: ["", String(repeating: "x", count: 256)])
    func protocols(name: String) throws {
        let tls = try TestTLS()
        _ = failure { try tls.client { $0.applicationProtocols = [name] } }
    }

    @Test("trusts the system's store by default, and makes that once")
    func standard() async throws {
        let first = try await TLSContext.standard()
        let second = try await TLSContext.standard()
        #expect(first === second)
    }
}
