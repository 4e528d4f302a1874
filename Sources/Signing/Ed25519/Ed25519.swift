import CSodium

/// ed25519, which btauth admits beside sr25519. ``Ed25519KeyPair`` signs.
public enum Ed25519 {
    /// Whether `key` signed exactly `message`. False for a signature that has not 64 bytes.
    public static func isValid(_ signature: [UInt8], for message: [UInt8], by key: AccountID) -> Bool {
        guard signature.count == 64 else { return false }
        Sodium.prepare()
        return key.withUnsafeBytes {
            crypto_sign_verify_detached(signature, message, UInt64(message.count), $0.keyOctets)
        } == 0
    }
}
