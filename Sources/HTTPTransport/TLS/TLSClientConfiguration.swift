/// What a client trusts, and how it speaks TLS.
///
/// ## Configuration keys (scope `tls`)
/// - `ca_file` (path, PEM, default: the system's store): the only authorities that are trusted
/// - `verification` (`full` or `none`, default `full`): `none` takes any certificate, so that whoever sits between can
///   read and change everything; for peers that are known by other means, such as miners whose answers are checked
/// - `crl_files` (list of paths, PEM, default none): with any given, a certificate is refused when one of them revokes
///   it or an authority above it, and also when its issuer's list is missing or out of date
public struct TLSClientConfiguration: Sendable {
    public enum TrustRoots: Hashable, Sendable {
        /// The system's store: `SSL_CERT_FILE`, `SSL_CERT_DIR`, else the distribution's bundle.
        case system
        /// The certificates in this PEM file, and no others.
        case file(String)
    }

    public enum Verification: Hashable, Sendable {
        /// The chain must lead to a trusted authority, and the certificate must be for the name or IP address called.
        case full
        /// Encrypts to whoever answers. Trusted authorities and revocations have no effect.
        case none
    }

    public var verification = Verification.full
    public var trustRoots = TrustRoots.system
    public var revocationLists: [String] = []
    public var versions: ClosedRange<TLSVersion> = .tls12 ... .tls13
    /// Protocols to offer by ALPN, the preferred one first, 1...255 bytes each; none are offered when empty.
    public var applicationProtocols: [String] = []

    public init() {}
}
