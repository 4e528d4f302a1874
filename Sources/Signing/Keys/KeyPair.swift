/// A key pair of either kind.
public enum KeyPair: Sendable {
    case sr25519(SR25519KeyPair)
    case ed25519(Ed25519KeyPair)

    public var accountID: AccountID {
        switch self {
        case .sr25519(let pair): pair.accountID
        case .ed25519(let pair): pair.accountID
        }
    }

    public var cryptoType: CryptoType {
        switch self {
        case .sr25519: .sr25519
        case .ed25519: .ed25519
        }
    }

    /// The 64-byte signature.
    public func sign(_ message: [UInt8]) -> [UInt8] {
        switch self {
        case .sr25519(let pair): pair.sign(message).bytes
        case .ed25519(let pair): pair.sign(message)
        }
    }

    /// Whether `signature` is one of exactly `message` by `key`; false for a signature that has not 64 bytes.
    public static func isValid(
        _ signature: [UInt8], for message: [UInt8], by key: AccountID, _ cryptoType: CryptoType
    ) -> Bool {
        switch cryptoType {
        case .sr25519:
            SR25519Signature(bytes: signature).map { SR25519.isValid($0, for: message, by: key) } ?? false
        case .ed25519: Ed25519.isValid(signature, for: message, by: key)
        }
    }

    init(seed: borrowing SecretBytes, _ cryptoType: CryptoType) throws(SigningError) {
        switch cryptoType {
        case .sr25519: self = .sr25519(try SR25519KeyPair(seed: seed))
        case .ed25519: self = .ed25519(try Ed25519KeyPair(seed: seed))
        }
    }
}
