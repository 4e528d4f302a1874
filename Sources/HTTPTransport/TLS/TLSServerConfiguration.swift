/// How a server proves who it is, and whom it lets in.
///
/// ## Configuration keys (scope `tls`)
/// - `certificate_file` (path, PEM): the server's certificate, then those of the authorities below the root
/// - `key_file` (path, PEM without passphrase): the certificate's private key
/// - `minimum_version` (`1.2` or `1.3`, default `1.2`)
/// - `client_ca_file` (path, PEM, default none): with it only clients are served whose certificate one of these
///   authorities signed
/// - `reload_interval` (duration, default 1m, 1 s or more): how often changed files are looked for; SIGHUP looks at once
public struct TLSServerConfiguration: Sendable {
    public var certificateFile: String
    public var keyFile: String
    public var clientCAFile: String?
    public var versions: ClosedRange<TLSVersion> = .tls12 ... .tls13
    public var reloadInterval: Duration = .seconds(60)

    public init(certificateFile: String, keyFile: String) {
        self.certificateFile = certificateFile
        self.keyFile = keyFile
    }

    /// The suites of TLS 1.2, the preferred ones first: forward secrecy and authenticated encryption, nothing else.
    ///
    /// - Source: RFC 9325, section 4.2.
    static let cipherSuites = "ECDHE+AESGCM:ECDHE+CHACHA20"

    /// For the key exchange, the preferred ones first; a list that OpenSSL does not know gives way to the next one. P-521
    /// and X448 would let clients choose what costs the server several times as much.
    ///
    /// - Source: Mozilla's guidelines for server-side TLS, version 5.7, "intermediate".
    static let groups = ["X25519MLKEM768:X25519:P-256:P-384", "X25519:P-256:P-384"]

    var files: [String] { [certificateFile, keyFile] + [clientCAFile].compactMap { $0 } }
}
