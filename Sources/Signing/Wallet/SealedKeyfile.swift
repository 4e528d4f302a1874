import CSodium

/// Keyfiles under a password: `$NACL`, a nonce of 24 bytes, and libsodium's secretbox of the plain keyfile.
///
/// The key is Argon2i of the password with a salt that is the same for every file, as the official tools have it: it
/// takes about a second and half a GiB. Only the password's own strength protects the file.
///
/// - Source: bittensor-wallet 4.1.1, `keyfile.rs`, `derive_key`; bittensor-core 0.1.5 writes the same.
enum SealedKeyfile {
    enum Form: Equatable, Sendable {
        case plain, nacl
        /// Read by old tools only.
        case legacy(String)
    }

    private static let mark = Array("$NACL".utf8)
    private static let nonceCount = 24
    private static let tagCount = 16
    private static let salt: [UInt8] = [
        0x13, 0x71, 0x83, 0xdf, 0xf1, 0x5a, 0x09, 0xbc, 0x9c, 0x90, 0xb5, 0x51, 0x87, 0x39, 0xe9, 0xb1,
    ]
    private static let passes: UInt64 = 8
    private static let memoryBytes = 512 * 1_024 * 1_024

    static func form(of content: UnsafeRawBufferPointer) -> Form {
        if content.starts(with: mark) { return .nacl }
        if content.starts(with: "$ANSIBLE_VAULT".utf8) { return .legacy("Ansible vault") }
        if content.starts(with: "gAAAAA".utf8) { return .legacy("Fernet") }
        return .plain
    }

    /// - Parameter password: UTF-8, not empty.
    /// - Throws: ``SigningError`` with code `wrongPassword` for an empty password, `unsupported` without the memory.
    static func key(from password: borrowing SecretBytes) throws(SigningError) -> SecretBytes {
        Sodium.prepare()
        guard password.count > 0 else { throw SigningError(.wrongPassword, "the password is empty") }
        var key = SecretBytes(count: 32)
        let isDerived = key.withMutableBytes { key in
            password.withBytes { password in
                password.withMemoryRebound(to: CChar.self) { text in
                    guard let start = text.baseAddress else { return false }
                    return crypto_pwhash_argon2i(
                        key.octets, 32, start, UInt64(text.count), salt, passes, memoryBytes,
                        crypto_pwhash_argon2i_alg_argon2i13()) == 0
                }
            }
        }
        guard isDerived else {
            throw SigningError(.unsupported, "the password cannot be turned into a key: that takes 512 MiB of memory")
        }
        return key
    }

    /// - Throws: ``SigningError`` with code `wrongPassword`, or `invalidKeyfile` when the file is cut short.
    static func open(_ content: UnsafeRawBufferPointer, key: borrowing SecretBytes) throws(SigningError) -> SecretBytes
    {
        guard isWhole(content) else { throw cutShort }
        let nonce = UnsafeRawBufferPointer(rebasing: content[mark.count..<(mark.count + nonceCount)])
        let box = UnsafeRawBufferPointer(rebasing: content[(mark.count + nonceCount)...])
        var text = SecretBytes(count: box.count - tagCount)
        let isOpen = text.withMutableBytes { text in
            key.withBytes { key in
                crypto_secretbox_open_easy(
                    text.octets, box.keyOctets, UInt64(box.count),
                    nonce.keyOctets, key.keyOctets) == 0
            }
        }
        guard isOpen else {
            throw SigningError(.wrongPassword, "the password does not open it: it is wrong, or the file is damaged")
        }
        return text
    }

    /// Known before the costly derivation of the key.
    static func isWhole(_ content: UnsafeRawBufferPointer) -> Bool {
        content.count > mark.count + nonceCount + tagCount
    }

    static let cutShort = SigningError(
        .invalidKeyfile, "the encrypted keyfile is cut short: restore it from its backup or mnemonic")

    static func seal(_ text: borrowing SecretBytes, key: borrowing SecretBytes) -> SecretBytes {
        let nonce = SecretBytes.random(count: nonceCount)
        var sealed = SecretText(capacity: mark.count + nonceCount + tagCount + text.count)
        mark.withUnsafeBytes { sealed.append($0) }
        nonce.withBytes { sealed.append($0) }
        var box = SecretBytes(count: tagCount + text.count)
        box.withMutableBytes { box in
            text.withBytes { text in
                nonce.withBytes { nonce in
                    key.withBytes { key in
                        _ = crypto_secretbox_easy(
                            box.octets, text.octets, UInt64(text.count),
                            nonce.keyOctets, key.keyOctets)
                    }
                }
            }
        }
        box.withBytes { sealed.append($0) }
        return sealed.finished()
    }
}
