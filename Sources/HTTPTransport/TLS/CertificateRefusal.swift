import COpenSSL

/// Why a chain of certificates is not trusted, as OpenSSL's check reported it.
struct CertificateRefusal {
    /// `X509_V_ERR_…`
    let code: Int32
    /// Where in the chain: 0 is the peer's own certificate.
    let depth: Int32
    /// Whom the certificate names, in OpenSSL's form with what is not printable escaped, at most 200 bytes.
    let subject: String

    /// Reads what the running check complains about.
    init(_ check: OpaquePointer) {
        code = X509_STORE_CTX_get_error(check)
        depth = X509_STORE_CTX_get_error_depth(check)
        var text = [CChar](repeating: 0, count: 200)
        if let certificate = X509_STORE_CTX_get_current_cert(check), let name = X509_get_subject_name(certificate) {
            X509_NAME_oneline(name, &text, Int32(text.count))
        }
        subject = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The kind in a few words.
    var kind: String {
        switch code {
        case X509_V_ERR_CERT_HAS_EXPIRED: "expired"
        case X509_V_ERR_CERT_NOT_YET_VALID: "not yet valid"
        case X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH: "for another host"
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT: "self-signed"
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
            X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
            "of an unknown issuer"
        case X509_V_ERR_CERT_REVOKED: "revoked"
        case X509_V_ERR_UNABLE_TO_GET_CRL, X509_V_ERR_CRL_HAS_EXPIRED, X509_V_ERR_CRL_NOT_YET_VALID:
            "of unknown standing"
        default: "not valid"
        }
    }

    func error(host: String, source: TransportError.Source) -> TransportError {
        let reason = X509_verify_cert_error_string(Int(code)).map { String(cString: $0) } ?? "code \(code)"
        let place = depth == 0 ? "" : ", an authority above it"
        let message = "the certificate of \(host) is \(kind): \(reason) (\(subject)\(place))"
        return TransportError(.certificateRejected, source, message)
    }
}
