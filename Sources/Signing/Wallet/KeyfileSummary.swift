/// What a keyfile shows without a password.
public struct KeyfileSummary: Sendable {
    public enum Protection: String, Sendable {
        /// Readable without a password.
        case plain
        /// `$NACL`, the official encryption.
        case encrypted
        /// Ansible vault or Fernet, which only old tools write.
        case legacy
    }

    public let path: String
    /// Permission bits.
    public let mode: UInt32
    public let protection: Protection
    /// nil when it is encrypted, or of an old form that names no address.
    public let accountID: AccountID?
    public let cryptoType: CryptoType?

    /// Whether other users of the machine have access.
    public var isExposed: Bool { mode & 0o077 != 0 }
}
