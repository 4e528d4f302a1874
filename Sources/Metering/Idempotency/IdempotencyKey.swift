internal import Signing

/// What a caller names a request by, so that sending it again does not do and charge it again.
///
/// - Source: the IETF's draft of the `Idempotency-Key` field, sections 2.1 and 2.6.
public struct IdempotencyKey: Sendable {
    public static let maximumBytes = 255

    /// The API key, whose callers share its requests' names.
    let keyID: String
    let account: String
    /// Stands for the name in the database. The same whichever of the key's secrets is shown: what was charged before a
    /// rotation is not charged again after it.
    let hash: String
    private let contentKey: [UInt8]
    /// Opens what was answered: only who knows the API key and the name has it.
    private let sealingKey: [UInt8]

    /// - Parameters:
    ///   - text: 1 to 255 visible ASCII characters.
    ///   - secret: of the API key.
    /// - Returns: nil when the text is none.
    public init?(_ text: String, of key: APIKey, secret: String) {
        guard (1...Self.maximumBytes).contains(text.utf8.count), text.utf8.allSatisfy({ (0x20...0x7E).contains($0) })
        else { return nil }
        keyID = key.id
        account = key.account
        hash = Hex.encode(Hash.blake2b256(Array("thalamus.idempotency.name\0\(key.id)\0\(text)".utf8)))
        contentKey = Hash.blake2b256(Array("thalamus.idempotency.content\0\(key.id)\0\(text)".utf8))
        sealingKey = Hash.blake2b256(Array("thalamus.idempotency.seal\0\(key.id)\0\(text)\0\(secret)".utf8))
    }

    /// Stands for what is asked. Keyed by the name, so that nobody who reads the database finds out by hashing guesses of
    /// prompts.
    func contentHash(_ content: [UInt8]) -> String { Hex.encode(Hash.blake2b256(contentKey + content)) }

    func seal(_ outcome: [UInt8]) -> String { Hex.encode(SecretBox.seal(outcome, key: sealingKey)) }

    func open(_ sealed: String) -> [UInt8]? {
        guard let bytes = try? Hex.decode(sealed) else { return nil }
        return SecretBox.open(bytes, key: sealingKey)
    }
}
