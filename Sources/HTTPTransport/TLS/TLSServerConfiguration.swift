/// How a server proves who it is.
///
/// ## Configuration keys (scope `tls`)
/// - `certificate_file` (path, PEM): the server's certificate, then those of the authorities below the root
/// - `key_file` (path, PEM without passphrase): the certificate's private key
public struct TLSServerConfiguration: Sendable {
    public var certificateFile: String
    public var keyFile: String
    public var versions: ClosedRange<TLSVersion> = .tls12 ... .tls13

    public init(certificateFile: String, keyFile: String) {
        self.certificateFile = certificateFile
        self.keyFile = keyFile
    }
}
