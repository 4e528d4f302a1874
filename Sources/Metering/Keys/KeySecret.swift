internal import Signing

/// The form of API keys, and the keyed hash that stands for one in the database.
///
/// A key made here is `sk-th-`, 32 characters for 160 random bits and 6 for a checksum, in Crockford's base 32 (lower
/// case). A key brought along (`keys create --secret-file`) is 12 to 256 visible ASCII characters that do not begin with
/// `sk-th-`.
enum KeySecret {
    static let prefix = "sk-th-"
    static let importedLengths = 12...256
    private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

    /// A new secret from the system's random source.
    static func generate() -> String {
        var random = SystemRandomNumberGenerator()
        let body = (0..<32).map { _ in alphabet[Int.random(in: 0..<32, using: &random)] }
        return prefix + String(decoding: body + checksum(of: body), as: UTF8.self)
    }

    /// False for text that can't be a key, without asking any store.
    static func isWellFormed(_ text: String) -> Bool {
        guard text.hasPrefix(prefix) else { return isImportable(text) }
        let characters = Array(text.utf8.dropFirst(prefix.utf8.count))
        guard characters.count == 38 else { return false }
        return checksum(of: Array(characters[..<32])) == Array(characters[32...])
    }

    /// Fit to be brought along as a fixed key.
    static func isImportable(_ text: String) -> Bool {
        !text.hasPrefix(prefix) && importedLengths.contains(text.utf8.count)
            && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }

    /// 30 bits of CRC-32: finds typing errors and truncation. It guards nothing.
    private static func checksum(of body: [UInt8]) -> [UInt8] {
        let sum = CRC32.checksum(Array(prefix.utf8) + body)
        return (0..<6).map { alphabet[Int((sum >> (5 * UInt32($0))) & 31)] }
    }
}

/// A secret's keyed hash: what the database keeps and looks up.
///
/// Looking up by hash compares no secret byte by byte, so timing tells nothing of a stored key.
struct SecretHash: Hashable, Sendable {
    let bytes: [UInt8]
    var hex: String { Hex.encode(bytes) }

    /// BLAKE2b-256 of pepper and secret: prefixing is a sound key for BLAKE2, which has no length extension.
    init(of secret: String, pepper: [UInt8]) {
        var message = pepper
        message.append(contentsOf: secret.utf8)
        bytes = Hash.blake2b256(message)
    }
}
