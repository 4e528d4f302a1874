import CSodium

/// An ed25519 key pair that signs. The secret half stays in locked memory for the life of the object.
public final class Ed25519KeyPair: Sendable {
    /// The seed, 32 bytes, then the public key, as libsodium wants them.
    private let secret: SecretBytes
    public let accountID: AccountID

    /// - Parameter seed: 32 bytes, which keyfiles call `secretSeed` and `privateKey` alike.
    /// - Throws: ``SigningError`` with code `invalidSecret` for another length.
    public init(seed: borrowing SecretBytes) throws(SigningError) {
        guard seed.count == 32 else { throw SigningError(.invalidSecret, "a seed has 32 bytes") }
        var point = Bytes32()
        var key = SecretBytes(count: 64)
        key.withMutableBytes { key in
            seed.withBytes { seed in
                point.withMutablePointer { _ = crypto_sign_seed_keypair($0, key.octets, seed.keyOctets) }
            }
        }
        guard let account = point.withBytes({ AccountID(bytes: $0) }) else {
            preconditionFailure("a point has 32 bytes")
        }
        secret = key
        accountID = account
    }

    /// - Parameter uri: see ``SecretURI``; soft junctions are refused.
    public convenience init(uri: borrowing SecretURI) throws(SigningError) {
        try self.init(seed: try uri.ed25519Seed())
    }

    /// - Parameter uri: see ``SecretURI``; soft junctions are refused.
    public convenience init(uri: String) throws(SigningError) {
        try self.init(uri: try SecretURI(uri))
    }

    /// The 64-byte signature; the same for the same message.
    public func sign(_ message: UnsafeRawBufferPointer) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 64) { buffer, count in
            let signature = UnsafeMutableRawBufferPointer(buffer)
            secret.withBytes { secret in
                _ = crypto_sign_detached(
                    signature.octets, nil, message.octets, UInt64(message.count), secret.keyOctets)
            }
            count = 64
        }
    }

    public func sign(_ message: [UInt8]) -> [UInt8] { message.withUnsafeBytes { sign($0) } }

    /// Lends the 32-byte seed for the call, to write it into a keyfile.
    func withSeed<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
        secret.withBytes { body(UnsafeRawBufferPointer(rebasing: $0[..<32])) }
    }

    /// The seed behind a hard junction: `blake2b-256("Ed25519HDKD" in SCALE || seed || chain code)`.
    ///
    /// - Source: sp-core, `ed25519.rs`, `derive_hard_junction`.
    static func deriveHard(_ seed: borrowing SecretBytes, chainCode: [UInt8]) -> SecretBytes {
        var text = SecretText(capacity: 12 + 64)
        text.append(UInt8(11 << 2))
        text.append("Ed25519HDKD" as StaticString)
        seed.withBytes { text.append($0) }
        chainCode.withUnsafeBytes { text.append($0) }
        var child = SecretBytes(count: 32)
        child.withMutableBytes { child in
            text.withBytes { text in
                _ = crypto_generichash(child.octets, 32, text.octets, UInt64(text.count), nil, 0)
            }
        }
        return child
    }
}

extension Ed25519KeyPair: CustomStringConvertible {
    /// The public half only.
    public var description: String { "Ed25519KeyPair(\(accountID.ss58))" }
}
