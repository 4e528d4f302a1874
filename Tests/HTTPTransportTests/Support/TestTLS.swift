import HTTPTransport

/// An authority, one below it, and contexts made with them.
struct TestTLS {
    let root: TestCertificate
    let intermediate: TestCertificate

    init(root name: String = "Test Root") throws {
        root = try TestCertificate(TestName(name: name), isAuthority: true)
        intermediate = try TestCertificate(TestName(name: "Test Intermediate"), isAuthority: true, by: root)
    }

    /// A client that trusts the root.
    func client(
        revocations: [String] = [], _ configure: (inout TLSClientConfiguration) -> Void = { _ in }
    ) throws -> TLSContext {
        var configuration = TLSClientConfiguration()
        configuration.trustRoots = .file(try root.file())
        configuration.revocationLists = revocations
        configure(&configuration)
        return try TLSContext(configuration)
    }

    /// A server with a good certificate of the intermediate authority.
    func server(_ name: TestName = TestName(name: "node")) throws -> TLSContext {
        try Self.server(TestCertificate(name, by: intermediate))
    }

    /// The same for ``HTTPServerConfiguration``.
    func certificate(_ name: TestName = TestName(name: "node")) throws -> ServerCertificate {
        try Self.certificate(TestCertificate(name, by: intermediate))
    }

    static func certificate(
        _ certificate: TestCertificate, _ configure: (inout TLSServerConfiguration) -> Void = { _ in }
    ) throws -> ServerCertificate {
        var configuration = TLSServerConfiguration(
            certificateFile: try certificate.chainFile(), keyFile: try certificate.keyFile())
        configure(&configuration)
        return try ServerCertificate(configuration)
    }

    static func server(
        _ certificate: TestCertificate, _ configure: (inout TLSServerConfiguration) -> Void = { _ in }
    ) throws -> TLSContext {
        var configuration = TLSServerConfiguration(
            certificateFile: try certificate.chainFile(), keyFile: try certificate.keyFile())
        configure(&configuration)
        return try TLSContext(configuration)
    }
}
