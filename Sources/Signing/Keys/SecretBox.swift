import CSodium

/// Bytes that nobody can read or change without a key: XSalsa20 and Poly1305, with a random nonce in front.
///
/// - Source: libsodium, `crypto_secretbox_easy`.
public enum SecretBox {
    public static let keyBytes = 32
    private static let nonceCount = Int(crypto_secretbox_NONCEBYTES)
    private static let tagCount = Int(crypto_secretbox_MACBYTES)

    /// - Parameter key: 32 bytes.
    public static func seal(_ plain: [UInt8], key: [UInt8]) -> [UInt8] {
        precondition(key.count == keyBytes, "a key of another length")
        Sodium.prepare()
        var sealed = [UInt8](repeating: 0, count: nonceCount + tagCount + plain.count)
        sealed.withUnsafeMutableBytes { sealed in
            randombytes_buf(sealed.octets, nonceCount)
            let box = UnsafeMutableRawBufferPointer(rebasing: sealed[nonceCount...])
            key.withUnsafeBytes { key in
                plain.withUnsafeBytes { plain in
                    _ = crypto_secretbox_easy(
                        box.octets, plain.octets, UInt64(plain.count), UnsafeRawBufferPointer(sealed).keyOctets,
                        key.keyOctets)
                }
            }
        }
        return sealed
    }

    /// - Returns: nil when the key is another one, or the bytes were changed or cut short.
    public static func open(_ sealed: [UInt8], key: [UInt8]) -> [UInt8]? {
        guard key.count == keyBytes, sealed.count >= nonceCount + tagCount else { return nil }
        Sodium.prepare()
        var plain = [UInt8](repeating: 0, count: sealed.count - nonceCount - tagCount)
        // An empty array may have no address at all.
        if plain.isEmpty { plain = [0] }
        let isOpen = plain.withUnsafeMutableBytes { plain in
            sealed.withUnsafeBytes { sealed in
                key.withUnsafeBytes { key in
                    let box = UnsafeRawBufferPointer(rebasing: sealed[nonceCount...])
                    return crypto_secretbox_open_easy(
                        plain.octets, box.keyOctets, UInt64(box.count), sealed.keyOctets, key.keyOctets) == 0
                }
            }
        }
        guard isOpen else { return nil }
        return sealed.count == nonceCount + tagCount ? [] : plain
    }
}
