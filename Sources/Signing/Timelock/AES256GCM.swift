import CSodium

/// AES-256-GCM with a 12-byte nonce and no associated data.
///
/// libsodium has it only where the processor has instructions for it; elsewhere ``PortableAES256GCM`` does the same.
///
/// - Source: NIST SP 800-38D.
enum AES256GCM {
    static let keyCount = 32
    static let nonceCount = 12
    static let tagCount = 16

    /// Whether libsodium can do it on this processor.
    static let isInHardware: Bool = {
        Sodium.prepare()
        return crypto_aead_aes256gcm_is_available() == 1
    }()

    /// - Parameters:
    ///   - key: 32 bytes, from this target.
    ///   - nonce: 12 bytes, from this target; never twice with one key.
    static func seal(_ message: [UInt8], key: [UInt8], nonce: [UInt8]) -> (body: [UInt8], tag: [UInt8]) {
        precondition(key.count == keyCount && nonce.count == nonceCount, "lengths are this target's own")
        guard isInHardware else { return PortableAES256GCM.seal(message, key: key, nonce: nonce) }
        var body = [UInt8](repeating: 0, count: message.count)
        var tag = [UInt8](repeating: 0, count: tagCount)
        let result = crypto_aead_aes256gcm_encrypt_detached(
            &body, &tag, nil, message, UInt64(message.count), nil, 0, nil, nonce, key)
        precondition(result == 0, "libsodium refused to encrypt")
        return (body, tag)
    }

    /// - Returns: nil unless the tag is that of the body, or when a length is not the cipher's.
    static func open(_ body: [UInt8], tag: [UInt8], key: [UInt8], nonce: [UInt8]) -> [UInt8]? {
        guard key.count == keyCount, nonce.count == nonceCount, tag.count == tagCount else { return nil }
        guard isInHardware else { return PortableAES256GCM.open(body, tag: tag, key: key, nonce: nonce) }
        var message = [UInt8](repeating: 0, count: body.count)
        let result = crypto_aead_aes256gcm_decrypt_detached(
            &message, nil, body, UInt64(body.count), tag, nil, 0, nonce, key)
        return result == 0 ? message : nil
    }
}
