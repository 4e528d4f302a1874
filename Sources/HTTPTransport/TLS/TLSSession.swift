import COpenSSL
import NIOCore

/// One TLS connection over bytes in memory: what arrives goes in, what must be sent comes out.
///
/// Never blocks and touches no socket. Used on one event loop.
final class TLSSession {
    enum Handshake {
        case complete, needsInput
        case failed(TransportError)
    }

    enum End {
        /// More may follow.
        case none
        /// The peer said that nothing follows.
        case closed
        case failed(TransportError)
    }

    private let ssl: OpaquePointer
    private let input: OpaquePointer
    private let output: OpaquePointer
    /// The name or address that is called, or `the client`; for messages.
    private let peer: String
    private let source: TransportError.Source
    /// The first complaint about the peer's certificates.
    private var refusal: CertificateRefusal?

    /// What a server accepts by ALPN, the preferred one first, each behind its length.
    private var acceptedProtocols: StaticString = "\u{8}http/1.1"

    /// The server's side of a connection.
    ///
    /// - Parameter acceptsHTTP2: whether a client that offers HTTP/2 by ALPN gets it.
    static func server(_ context: TLSContext, acceptsHTTP2: Bool = false) throws(TransportError) -> TLSSession {
        precondition(context.role == .server, "a client's TLS context cannot serve")
        let session = try TLSSession(context, peer: "the client", .downstream)
        if acceptsHTTP2 { session.acceptedProtocols = "\u{2}h2\u{8}http/1.1" }
        SSL_set_accept_state(session.ssl)
        return session
    }

    /// The client's side of a connection.
    ///
    /// - Parameters:
    ///   - host: the name or IP address that the server's certificate must be for, if it is verified.
    ///   - protocols: to offer by ALPN, the preferred one first; none offers the context's.
    static func client(
        _ context: TLSContext, host: String, protocols: [String] = []
    ) throws(TransportError) -> TLSSession {
        precondition(context.role == .client, "a server's TLS context cannot call")
        let session = try TLSSession(context, peer: host, .upstream)
        try session.expect(host)
        if !protocols.isEmpty {
            let list = try TLSContext.protocolList(protocols)
            // Returns 0 for success.
            guard SSL_set_alpn_protos(session.ssl, list, UInt32(clamping: list.count)) == 0 else {
                throw Self.unavailable
            }
        }
        SSL_set_connect_state(session.ssl)
        return session
    }

    private init(_ context: TLSContext, peer: String, _ source: TransportError.Source) throws(TransportError) {
        self.peer = peer
        self.source = source
        OpenSSLError.clear()
        guard let ssl = SSL_new(context.handle) else { throw Self.unavailable }
        guard let input = BIO_new(BIO_s_mem()), let output = BIO_new(BIO_s_mem()) else {
            SSL_free(ssl)
            throw Self.unavailable
        }
        SSL_set_bio(ssl, input, output)
        self.ssl = ssl
        self.input = input
        self.output = output
        SSL_set_ex_data(ssl, 0, Unmanaged.passUnretained(self).toOpaque())
    }

    deinit {
        // Frees both memory streams too.
        SSL_free(ssl)
    }

    private static var unavailable: TransportError {
        TransportError(.tlsFailed, .gateway, "no TLS session: \(OpenSSLError.takeText())")
    }

    /// Whom the certificate must be for, and the name that the server learns to choose its certificate by.
    private func expect(_ host: String) throws(TransportError) {
        // The dot at the end of a name that is complete is no part of what certificates and servers know.
        let name = host.last == "." ? String(host.dropLast()) : host
        let parameters = SSL_get0_param(ssl)
        let isSet: Bool
        if IPAddress(name) != nil {
            isSet = X509_VERIFY_PARAM_set1_ip_asc(parameters, name) == 1
        } else {
            // Common names are no host names, and a wildcard stands for a whole label (RFC 9525, section 6.3).
            let rules = X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS
            X509_VERIFY_PARAM_set_hostflags(parameters, UInt32(rules))
            isSet =
                X509_VERIFY_PARAM_set1_host(parameters, name, 0) == 1
                && thalamus_ssl_set_tlsext_host_name(ssl, name) == 1
        }
        guard isSet, !name.isEmpty else {
            throw TransportError(.tlsFailed, .gateway, "no host that a certificate can be for: \(host.prefix(200))")
        }
    }

    /// Records the first complaint; the check's outcome stays OpenSSL's.
    static let recordRefusal: @convention(c) (Int32, OpaquePointer?) -> Int32 = { isValid, check in
        guard isValid == 0, let check else { return isValid }
        guard let ssl = X509_STORE_CTX_get_ex_data(check, SSL_get_ex_data_X509_STORE_CTX_idx()),
            let owner = SSL_get_ex_data(OpaquePointer(ssl), 0)
        else { return isValid }
        let session = Unmanaged<TLSSession>.fromOpaque(owner).takeUnretainedValue()
        if session.refusal == nil { session.refusal = CertificateRefusal(check) }
        return isValid
    }

    /// Takes the first of the server's protocols that the client offers; none in common ends the handshake.
    ///
    /// - Source: RFC 7301, section 3.2.
    static let selectProtocol: SSL_CTX_alpn_select_cb_func = { ssl, name, length, offered, offeredLength, _ in
        guard let ssl, let name, let length, let offered, let owner = SSL_get_ex_data(ssl, 0) else {
            return SSL_TLSEXT_ERR_ALERT_FATAL
        }
        let accepted = Unmanaged<TLSSession>.fromOpaque(owner).takeUnretainedValue().acceptedProtocols
        // The choice points into either list; both outlive the call, after which OpenSSL has a copy.
        let result = name.withMemoryRebound(to: UnsafeMutablePointer<UInt8>?.self, capacity: 1) { name in
            SSL_select_next_proto(
                name, length, accepted.utf8Start, UInt32(accepted.utf8CodeUnitCount), offered, offeredLength)
        }
        return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL
    }

    /// The protocol that both sides agreed on by ALPN.
    var applicationProtocol: String? {
        var name: UnsafePointer<UInt8>?
        var length: UInt32 = 0
        SSL_get0_alpn_selected(ssl, &name, &length)
        guard let name, length > 0 else { return nil }
        return String(decoding: UnsafeBufferPointer(start: name, count: Int(length)), as: UTF8.self)
    }

    /// The version in use, for example `TLSv1.3`.
    var version: String { SSL_get_version(ssl).map { String(cString: $0) } ?? "" }
}

// MARK: - Bytes

extension TLSSession {
    /// What the peer sent. It is taken up by the calls that follow.
    func receive(_ bytes: ByteBuffer) {
        bytes.withUnsafeReadableBytes { bytes in
            guard let start = bytes.baseAddress, !bytes.isEmpty else { return }
            var count = 0
            // A stream in memory takes everything.
            let isTaken = BIO_write_ex(input, start, bytes.count, &count)
            precondition(isTaken == 1 && count == bytes.count, "out of memory")
        }
    }

    /// What must be sent to the peer now.
    func takeOutput() -> ByteBuffer? {
        let pending = BIO_ctrl_pending(output)
        guard pending > 0 else { return nil }
        var bytes = ByteBuffer()
        bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: pending) { space in
            var count = 0
            return BIO_read_ex(output, space.baseAddress, pending, &count) == 1 ? count : 0
        }
        return bytes
    }

    /// Goes on with the handshake.
    func handshake() -> Handshake {
        OpenSSLError.clear()
        let result = SSL_do_handshake(ssl)
        guard result != 1 else { return .complete }
        switch SSL_get_error(ssl, result) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE:
            return .needsInput
        case SSL_ERROR_ZERO_RETURN:
            return .failed(
                TransportError(.connectionClosed, source, isRetryable: true, "\(peer) closed during the TLS handshake"))
        default:
            return .failed(failure("no TLS with \(peer)"))
        }
    }

    /// Decrypts what has arrived.
    ///
    /// - Parameter plain: gets the bytes; no more than went in by ``receive(_:)``.
    func read(into plain: inout ByteBuffer) -> End {
        while true {
            OpenSSLError.clear()
            var result: Int32 = 0
            // At most one record, 16 KiB, at a time.
            plain.writeWithUnsafeMutableBytes(minimumWritableBytes: 1_024) { space in
                var count = 0
                result = SSL_read_ex(ssl, space.baseAddress, space.count, &count)
                return result == 1 ? count : 0
            }
            if result == 1 { continue }
            switch SSL_get_error(ssl, result) {
            case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return .none
            case SSL_ERROR_ZERO_RETURN: return .closed
            default: return .failed(failure("TLS with \(peer) broke"))
            }
        }
    }

    /// Encrypts bytes; ``takeOutput()`` has them.
    func write(_ plain: UnsafeRawBufferPointer) throws(TransportError) {
        guard let start = plain.baseAddress, !plain.isEmpty else { return }
        OpenSSLError.clear()
        var count = 0
        // A stream in memory takes everything, so that there is no partial write.
        guard SSL_write_ex(ssl, start, plain.count, &count) == 1, count == plain.count else {
            throw failure("TLS with \(peer) broke")
        }
    }

    /// Says that nothing follows; ``takeOutput()`` has it.
    func shutDown() {
        OpenSSLError.clear()
        SSL_shutdown(ssl)
        OpenSSLError.clear()
    }

    /// The error of a connection that is gone.
    func lost(_ how: String, cause: (any Error)? = nil) -> TransportError {
        TransportError(
            .connectionClosed, source, isRetryable: true, "the connection with \(peer) \(how)", cause: cause)
    }

    /// The error of a handshake that takes too long.
    var late: TransportError {
        TransportError(.deadlineExceeded, source, isRetryable: true, "the TLS handshake with \(peer) takes too long")
    }

    private func failure(_ message: String) -> TransportError {
        let text = OpenSSLError.takeText()
        if let refusal { return refusal.error(host: peer, source: source) }
        return TransportError(.tlsFailed, source, isRetryable: true, "\(message): \(text)")
    }
}
