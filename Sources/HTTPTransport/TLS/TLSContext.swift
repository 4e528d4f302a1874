import COpenSSL
import NIOPosix

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// What all TLS connections of one configuration share: trusted authorities or the own certificate, and options.
///
/// Making one reads files and takes tens of milliseconds with the system's store: make it once, not on an event
/// loop, and share it. Files that change later are read by making another one.
///
/// `@unchecked Sendable`: `handle` is changed only before `init` returns, and OpenSSL counts its references atomically.
public final class TLSContext: @unchecked Sendable {
    enum Role: Sendable { case client, server }

    let role: Role
    /// Whether a client checks whom it speaks to.
    let verifiesPeer: Bool
    let handle: OpaquePointer

    /// - Throws: ``TransportError`` with code `invalidConfiguration`.
    public init(_ configuration: TLSClientConfiguration) throws(TransportError) {
        role = .client
        verifiesPeer = configuration.verification == .full
        handle = try Self.make(TLS_client_method(), configuration.versions)
        // Resumption would link a client's connections to each other and saves nothing for those that last.
        thalamus_ssl_ctx_set_session_cache_mode(handle, Int(SSL_SESS_CACHE_OFF))
        if verifiesPeer {
            SSL_CTX_set_verify(handle, SSL_VERIFY_PEER, TLSSession.recordRefusal)
            try trust(configuration.trustRoots)
            for path in configuration.revocationLists { try loadRevocations(path) }
        } else {
            SSL_CTX_set_verify(handle, SSL_VERIFY_NONE, nil)
        }
        try offer(configuration.applicationProtocols)
    }

    /// - Throws: ``TransportError`` with code `invalidConfiguration`.
    public init(_ configuration: TLSServerConfiguration) throws(TransportError) {
        role = .server
        verifiesPeer = configuration.clientCAFile != nil
        handle = try Self.make(TLS_server_method(), configuration.versions)
        thalamus_ssl_ctx_set_session_cache_mode(handle, Int(SSL_SESS_CACHE_OFF))
        SSL_CTX_set_options(handle, thalamus_ssl_op_cipher_server_preference())
        guard SSL_CTX_set_cipher_list(handle, TLSServerConfiguration.cipherSuites) == 1 else {
            throw Self.invalid("the cipher suites are not available")
        }
        guard TLSServerConfiguration.groups.contains(where: { thalamus_ssl_ctx_set_groups(handle, $0) == 1 }) else {
            throw Self.invalid("the groups for key exchange are not available")
        }
        OpenSSLError.clear()
        SSL_CTX_set_alpn_select_cb(handle, TLSSession.selectProtocol, nil)
        // Without this OpenSSL would ask for a passphrase at the terminal.
        SSL_CTX_set_default_passwd_cb(handle) { _, _, _, _ in -1 }
        guard SSL_CTX_use_certificate_chain_file(handle, configuration.certificateFile) == 1 else {
            throw Self.invalid("the certificates in \(configuration.certificateFile) cannot be used")
        }
        guard SSL_CTX_use_PrivateKey_file(handle, configuration.keyFile, SSL_FILETYPE_PEM) == 1 else {
            throw Self.invalid(
                "the private key in \(configuration.keyFile) cannot be used (it must be PEM without a passphrase)")
        }
        guard SSL_CTX_check_private_key(handle) == 1 else {
            throw Self.invalid(
                "the private key in \(configuration.keyFile) is not that of \(configuration.certificateFile)")
        }
        if let path = configuration.clientCAFile {
            try admitClients(of: path)
        } else {
            SSL_CTX_set_verify(handle, SSL_VERIFY_NONE, nil)
        }
    }

    /// Serves only clients with a certificate that an authority in this file signed.
    private func admitClients(of path: String) throws(TransportError) {
        guard let names = SSL_load_client_CA_file(path), SSL_CTX_load_verify_file(handle, path) == 1 else {
            throw Self.invalid("the authorities in \(path) cannot be used")
        }
        // Told to the client, which chooses its certificate by them; owned by the context from here on.
        SSL_CTX_set_client_CA_list(handle, names)
        SSL_CTX_set_verify(
            handle, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, TLSSession.recordRefusal)
        // Sessions with client certificates are resumed only where this is set, and same.
        let name = Array("thalamus".utf8)
        SSL_CTX_set_session_id_context(handle, name, UInt32(name.count))
    }

    deinit {
        SSL_CTX_free(handle)
    }

    /// The context of a client with the default configuration; the first call makes it, on a thread of its own.
    static func standard() async throws -> TLSContext {
        try await NIOThreadPool.singleton.runIfActive { try standardResult.get() }
    }

    private static let standardResult = Result { () throws(TransportError) in try TLSContext(TLSClientConfiguration()) }

    private static func make(_ method: OpaquePointer?, _ versions: ClosedRange<TLSVersion>) throws(TransportError)
        -> OpaquePointer
    {
        OpenSSLError.clear()
        guard let handle = SSL_CTX_new(method) else { throw invalid("TLS is not available") }
        let isSet =
            thalamus_ssl_ctx_set_min_proto_version(handle, versions.lowerBound.number) == 1
            && thalamus_ssl_ctx_set_max_proto_version(handle, versions.upperBound.number) == 1
        guard isSet else {
            SSL_CTX_free(handle)
            throw invalid("these versions of TLS are not available")
        }
        SSL_CTX_set_options(handle, thalamus_ssl_op_no_compression() | thalamus_ssl_op_no_renegotiation())
        thalamus_ssl_ctx_set_mode(handle, Int(SSL_MODE_RELEASE_BUFFERS))
        return handle
    }

    /// The error of a call that failed just now.
    private static func invalid(_ message: String) -> TransportError {
        TransportError(.invalidConfiguration, .gateway, "\(message): \(OpenSSLError.takeText())")
    }
}

// MARK: - Trust

extension TLSContext {
    private func trust(_ roots: TLSClientConfiguration.TrustRoots) throws(TransportError) {
        switch roots {
        case .file(let path):
            guard SSL_CTX_load_verify_file(handle, path) == 1 else {
                throw Self.invalid("the authorities in \(path) cannot be used")
            }
        case .system:
            // A bundle is read here and now; a folder would be searched during handshakes, on the event loop.
            if let bundle = Self.systemBundle() {
                guard SSL_CTX_load_verify_file(handle, bundle) == 1 else {
                    throw Self.invalid("the system's authorities in \(bundle) cannot be used")
                }
            } else {
                guard SSL_CTX_set_default_verify_paths(handle) == 1 else {
                    throw Self.invalid("the system's authorities cannot be used")
                }
            }
        }
    }

    /// The file with all authorities that the system trusts.
    private static func systemBundle() -> String? {
        let variable = X509_get_default_cert_file_env().flatMap { getenv($0) }.map { String(cString: $0) }
        if let variable, !variable.isEmpty { return variable }
        let folder = X509_get_default_cert_dir_env().flatMap { getenv($0) }
        if folder != nil { return nil }
        let standard = X509_get_default_cert_file().map { String(cString: $0) }
        let known = [standard, "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"]
        return known.compactMap { $0 }.first { access($0, R_OK) == 0 }
    }

    private func loadRevocations(_ path: String) throws(TransportError) {
        guard let store = SSL_CTX_get_cert_store(handle), let lookup = X509_STORE_add_lookup(store, X509_LOOKUP_file()),
            X509_load_crl_file(lookup, path, X509_FILETYPE_PEM) > 0,
            X509_STORE_set_flags(store, UInt(X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL)) == 1
        else { throw Self.invalid("the revocations in \(path) cannot be used") }
    }

    private func offer(_ protocols: [String]) throws(TransportError) {
        guard !protocols.isEmpty else { return }
        let list = try Self.protocolList(protocols)
        // Unlike most of OpenSSL's functions this one returns 0 for success.
        guard SSL_CTX_set_alpn_protos(handle, list, UInt32(clamping: list.count)) == 0 else {
            throw Self.invalid("the protocols cannot be offered")
        }
    }

    /// The form that ALPN has for protocols' names.
    static func protocolList(_ protocols: [String]) throws(TransportError) -> [UInt8] {
        var list: [UInt8] = []
        for name in protocols {
            guard let length = UInt8(exactly: name.utf8.count), length > 0 else {
                throw TransportError(.invalidConfiguration, .gateway, "not the name of a protocol: \(name.prefix(300))")
            }
            list.append(length)
            list.append(contentsOf: name.utf8)
        }
        return list
    }
}
