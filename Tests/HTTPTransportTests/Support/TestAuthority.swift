import COpenSSL
import Foundation

/// What a test certificate is about.
struct TestName {
    /// Common name.
    var name: String
    /// Subject alternative names in OpenSSL's form; none for an authority.
    var alternatives = "DNS:localhost,IP:127.0.0.1"
    /// Days from now.
    var validFrom = -1
    var validUntil = 1
}

/// A certificate with its key, signed by itself or by an authority.
///
/// Made with OpenSSL's functions at test time, in a folder that goes with the value.
final class TestCertificate {
    let folder: URL
    fileprivate let certificate: OpaquePointer
    fileprivate let key: OpaquePointer
    fileprivate let issuer: TestCertificate?
    fileprivate let serial: Int

    /// - Parameter issuer: nil signs it by itself.
    init(_ subject: TestName, isAuthority: Bool = false, by issuer: TestCertificate? = nil) throws {
        self.issuer = issuer
        serial = Int.random(in: 1...1_000_000_000)
        folder = FileManager.default.temporaryDirectory.appending(path: "thalamus-tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        key = try Self.makeKey()
        certificate = try required(X509_new())
        X509_set_version(certificate, 2)
        ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial)
        X509_gmtime_adj(X509_getm_notBefore(certificate), subject.validFrom * 86_400)
        X509_gmtime_adj(X509_getm_notAfter(certificate), subject.validUntil * 86_400)
        // 0x1000 is the flag of plain text, 1 the form of one byte for each character.
        X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", 0x1001, subject.name, -1, -1, 0)
        X509_set_issuer_name(certificate, X509_get_subject_name(issuer?.certificate ?? certificate))
        X509_set_pubkey(certificate, key)
        if isAuthority {
            try add(NID_basic_constraints, "critical,CA:TRUE")
            try add(NID_key_usage, "critical,keyCertSign,cRLSign")
        } else {
            try add(NID_subject_alt_name, subject.alternatives)
        }
        guard X509_sign(certificate, issuer?.key ?? key, EVP_sha256()) > 0 else { throw TestFailure("not signed") }
    }

    deinit {
        X509_free(certificate)
        EVP_PKEY_free(key)
        try? FileManager.default.removeItem(at: folder)
    }

    /// The certificate alone, as an authority is given.
    func file() throws -> String {
        try write("certificate.pem") { PEM_write_bio_X509($0, certificate) }
    }

    /// The certificate and the authorities between it and the root.
    func chainFile() throws -> String {
        try write("chain.pem") { stream in
            var link: TestCertificate? = self
            while let current = link, current === self || current.issuer != nil {
                guard PEM_write_bio_X509(stream, current.certificate) == 1 else { return 0 }
                link = current.issuer
            }
            return 1
        }
    }

    func keyFile() throws -> String {
        try write("key.pem") { PEM_write_bio_PrivateKey($0, key, nil, nil, 0, nil, nil) }
    }

    /// This authority's list of what it revoked.
    func revocationFile(_ revoked: [TestCertificate] = [], validUntil days: Int = 1) throws -> String {
        let list = try required(X509_CRL_new())
        defer { X509_CRL_free(list) }
        X509_CRL_set_version(list, 1)
        X509_CRL_set_issuer_name(list, X509_get_subject_name(certificate))
        let then = try required(X509_gmtime_adj(nil, -2 * 86_400))
        defer { ASN1_STRING_free(then) }
        let end = try required(X509_gmtime_adj(nil, days * 86_400))
        defer { ASN1_STRING_free(end) }
        X509_CRL_set1_lastUpdate(list, then)
        X509_CRL_set1_nextUpdate(list, end)
        for entry in revoked {
            let revocation = try required(X509_REVOKED_new())
            X509_REVOKED_set_serialNumber(revocation, X509_get_serialNumber(entry.certificate))
            X509_REVOKED_set_revocationDate(revocation, then)
            X509_CRL_add0_revoked(list, revocation)
        }
        X509_CRL_sort(list)
        guard X509_CRL_sign(list, key, EVP_sha256()) > 0 else { throw TestFailure("not signed") }
        return try write("revoked-\(UUID().uuidString).pem") { PEM_write_bio_X509_CRL($0, list) }
    }

    private static func makeKey() throws -> OpaquePointer {
        let context = try required(EVP_PKEY_CTX_new_id(NID_X9_62_id_ecPublicKey, nil))
        defer { EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        guard EVP_PKEY_keygen_init(context) == 1,
            EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context, NID_X9_62_prime256v1) == 1,
            EVP_PKEY_keygen(context, &key) == 1
        else { throw TestFailure("no key") }
        return try required(key)
    }

    private func add(_ extensionID: Int32, _ value: String) throws {
        var context = X509V3_CTX()
        X509V3_set_ctx(&context, issuer?.certificate ?? certificate, certificate, nil, nil, 0)
        let entry = try required(X509V3_EXT_conf_nid(nil, &context, extensionID, value))
        defer { X509_EXTENSION_free(entry) }
        X509_add_ext(certificate, entry, -1)
    }

    private func write(_ name: String, _ body: (OpaquePointer) -> Int32) throws -> String {
        let path = folder.appending(path: name).path
        let stream = try required(BIO_new_file(path, "w"))
        defer { BIO_free_all(stream) }
        guard body(stream) == 1 else { throw TestFailure("not written: \(name)") }
        return path
    }
}

struct TestFailure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

private func required<T>(_ value: T?) throws -> T {
    guard let value else { throw TestFailure("OpenSSL made nothing") }
    return value
}
