import CSodium

/// A key pair that signs. The secret half stays in locked memory for the life of the object.
public final class SR25519KeyPair: Sendable {
    /// The scalar a, 32 bytes little-endian, then the 32-byte nonce seed.
    private let secret: SecretBytes
    public let accountID: AccountID

    /// - Parameter seed: the 32-byte mini-secret that keyfiles call `secretSeed`.
    /// - Throws: ``SigningError`` with code `invalidSecret` for another length.
    public convenience init(seed: borrowing SecretBytes) throws(SigningError) {
        guard seed.count == 32 else { throw SigningError(.invalidSecret, "a seed has 32 bytes") }
        try self.init(secret: SecretKey.expand(seed))
    }

    /// The same for a seed that is no secret any more, such as a test's.
    public convenience init(seed: [UInt8]) throws(SigningError) {
        try self.init(seed: SecretBytes(copying: seed))
    }

    /// - Parameter privateKey: 64 bytes, scalar and nonce, the form that keyfiles call `privateKey`; or 32 bytes, which
    ///   the official tools take for a seed.
    /// - Throws: ``SigningError`` with code `invalidSecret` for another length or a scalar outside the group.
    public convenience init(privateKey: borrowing SecretBytes) throws(SigningError) {
        if privateKey.count == 32 {
            try self.init(seed: privateKey)
        } else {
            guard privateKey.count == 64 else { throw SigningError(.invalidSecret, "a private key has 64 bytes") }
            try self.init(secret: privateKey.copy())
        }
    }

    /// - Parameter uri: `//Alice`, `0x<seed>//hard/soft`; see ``SecretURI``.
    public convenience init(uri: String) throws(SigningError) {
        try self.init(uri: try SecretURI(uri))
    }

    public convenience init(uri: borrowing SecretURI) throws(SigningError) {
        try self.init(secret: try uri.sr25519Key())
    }

    init(secret: consuming SecretBytes) throws(SigningError) {
        guard let account = SecretKey.publicKey(of: secret) else {
            throw SigningError(.invalidSecret, "the private key is not a scalar of the group")
        }
        self.secret = secret
        accountID = account
    }

    public func sign(_ message: [UInt8]) -> SR25519Signature { message.withUnsafeBytes { sign($0) } }

    /// Signs the UTF-8 text.
    public func sign(_ message: String) -> SR25519Signature {
        var message = message
        return message.withUTF8 { sign(UnsafeRawBufferPointer($0)) }
    }

    /// One signature per message, for messages that begin alike, as those to several receivers do.
    ///
    /// The common beginning is absorbed once for all endings of one length, and the system is asked for randomness once.
    /// Each signature still costs a multiplication of its own: every receiver gets another nonce.
    ///
    /// - Returns: the signature of `beginning + ending`, for each ending in their order.
    public func sign(_ beginning: [UInt8], endings: [[UInt8]]) -> [SR25519Signature] {
        guard !endings.isEmpty else { return [] }
        return withUnsafeTemporaryAllocation(byteCount: 32 * endings.count, alignment: 8) { randomness in
            randombytes_buf(randomness.octets, randomness.count)
            defer { sodium_memzero(randomness.octets, randomness.count) }
            // The transcript frames a message by its whole length, before its first byte.
            var shared = SR25519.signingContext
            var sharedCount: Int?
            return endings.indices.map { index in
                let ending = endings[index]
                if sharedCount != ending.count {
                    shared = SR25519.signingContext
                    shared.appendBeginning("sign-bytes", beginning, of: beginning.count + ending.count)
                    sharedCount = ending.count
                }
                var transcript = shared
                transcript.appendRest(ending)
                let own = randomness[(32 * index)..<(32 * index + 32)]
                return sign(
                    &transcript, randomness: UnsafeRawBufferPointer(UnsafeMutableRawBufferPointer(rebasing: own)))
            }
        }
    }

    /// Signs with a nonce drawn from the message, the secret and fresh randomness, so that neither a weak
    /// generator nor a repeated message gives the key away. Two signatures of one message differ.
    public func sign(_ message: UnsafeRawBufferPointer) -> SR25519Signature {
        var transcript = SR25519.signingContext
        transcript.append("sign-bytes", message)
        var randomness = Bytes32()
        randomness.withMutablePointer { randombytes_buf($0, 32) }
        defer { randomness.wipe() }
        return randomness.withBytes { sign(&transcript, randomness: $0) }
    }

    /// Continues a transcript that holds the message. `randomness` has 32 bytes and serves one signature only.
    private func sign(_ transcript: inout Transcript, randomness: UnsafeRawBufferPointer) -> SR25519Signature {
        accountID.withUnsafeBytes { SR25519.announce(&transcript, key: $0) }
        var nonce = secret.withBytes { secret in
            SR25519.reduced {
                transcript.witness(
                    "signing", secret: UnsafeRawBufferPointer(rebasing: secret[32...]), randomness: randomness, into: $0
                )
            }
        }
        defer { nonce.wipe() }
        return sign(&transcript, nonce: &nonce)
    }

    /// The signature for a given nonce. Using one nonce for two messages gives the secret away.
    func sign(_ message: [UInt8], nonce: [UInt8]) -> SR25519Signature {
        var transcript = SR25519.signingContext
        transcript.append("sign-bytes", message)
        accountID.withUnsafeBytes { SR25519.announce(&transcript, key: $0) }
        var scalar = Bytes32()
        nonce.withUnsafeBytes { scalar.copy($0) }
        return sign(&transcript, nonce: &scalar)
    }

    /// R = r * B; s = k * a + r.
    private func sign(_ transcript: inout Transcript, nonce: inout Bytes32) -> SR25519Signature {
        let bytes = [UInt8](unsafeUninitializedCapacity: 64) { buffer, count in
            guard let start = buffer.baseAddress else { preconditionFailure("64 bytes have an address") }
            let response = start + 32
            nonce.withMutablePointer { _ = crypto_scalarmult_ristretto255_base(start, $0) }
            transcript.append("sign:R", UnsafeRawBufferPointer(start: start, count: 32))
            var challenge = SR25519.reduced { transcript.challenge("sign:c", into: $0) }
            challenge.withMutablePointer { challenge in
                secret.withBytes { crypto_core_ristretto255_scalar_mul(response, challenge, $0.keyOctets) }
                nonce.withMutablePointer { crypto_core_ristretto255_scalar_add(response, response, $0) }
            }
            response[31] |= 0x80
            count = 64
        }
        guard let signature = SR25519Signature(bytes: bytes) else { preconditionFailure("64 bytes were written") }
        return signature
    }

    /// Lends the 64 secret bytes for the call, to write them into a keyfile.
    func withPrivateKey<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
        secret.withBytes(body)
    }
}

extension SR25519KeyPair: CustomStringConvertible {
    /// The public half only.
    public var description: String { "SR25519KeyPair(\(accountID.ss58))" }
}
