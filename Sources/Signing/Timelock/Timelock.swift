/// Encryption to a moment: what is sealed for a round of a drand network opens with that round's signature.
///
/// Identity-based encryption after Boneh and Franklin with the transform of Fujisaki and Okamoto, where a round is the
/// identity and its signature the identity's key; the message itself goes through AES-256-GCM. Subtensor opens weights
/// sealed like this when its pallet `Drand` has the round.
///
/// - Source: crate `tle` of ideal-lab5/timelock, revision 5416406, which the chain and its clients pin.
public enum Timelock {
    /// - Parameters:
    ///   - message: any bytes. The chain takes a commit of at most 5000 bytes, 244 of which are the ciphertext's own.
    ///   - round: 1 or more.
    /// - Throws: ``TimelockError`` with code `invalidRound` for round 0.
    public static func encrypt(
        _ message: [UInt8], round: UInt64, to chain: DrandChain = .quicknet
    ) throws(TimelockError) -> [UInt8] {
        try encrypt(message, round: round, to: chain, with: TimelockRandomness())
    }

    /// - Parameters:
    ///   - ciphertext: what ``encrypt(_:round:to:)`` or a reference client gave.
    ///   - roundSignature: 48 bytes, as the drand network publishes it for the ciphertext's round.
    /// - Throws: ``TimelockError`` with code `malformedCiphertext`, `invalidSignature` or `wrongSignature`.
    public static func decrypt(_ ciphertext: [UInt8], roundSignature: [UInt8]) throws(TimelockError) -> [UInt8] {
        let sealed = try TimelockCiphertext(ciphertext)
        let signature = try DrandChain.signaturePoint(roundSignature)
        let commitment = try sealed.commitmentPoint()
        let sigma = xor(sealed.maskedSigma, Hash.sha256(Pairing.value(signature, commitment).littleEndianBytes))
        let key = xor(sealed.maskedKey, Hash.sha256(sigma))
        // Without this check a changed ciphertext could open to something that its author did not seal.
        guard G2Point.generator.multiplied(by: exponent(sigma: sigma, key: key)) == commitment,
            let message = AES256GCM.open(sealed.body, tag: sealed.tag, key: key, nonce: sealed.nonce)
        else {
            throw TimelockError(.wrongSignature, "the signature does not open this ciphertext")
        }
        return message
    }

    /// The same bytes for the same randomness, which must be used once.
    static func encrypt(
        _ message: [UInt8], round: UInt64, to chain: DrandChain, with randomness: TimelockRandomness
    ) throws(TimelockError) -> [UInt8] {
        guard round > 0 else { throw TimelockError(.invalidRound, "drand has no round 0") }
        let r = exponent(sigma: randomness.sigma, key: randomness.key)
        // e(Q, r·P) is e(r·Q, P), and multiplying on G1 is cheaper.
        let shared = Pairing.value(DrandChain.identity(ofRound: round).multiplied(by: r), chain.key)
        let (body, tag) = AES256GCM.seal(message, key: randomness.key, nonce: randomness.nonce)
        return TimelockCiphertext(
            commitment: G2Point.generator.multiplied(by: r).compressed,
            maskedSigma: xor(randomness.sigma, Hash.sha256(shared.littleEndianBytes)),
            maskedKey: xor(randomness.key, Hash.sha256(randomness.sigma)),
            body: body, tag: tag, nonce: randomness.nonce
        ).encoded
    }

    /// r: it follows from what is sealed, so that whoever opens it can check the commitment to it.
    static func exponent(sigma: [UInt8], key: [UInt8]) -> Scalar {
        Scalar(reducing: Hash.sha256(sigma + key))
    }

    private static func xor(_ left: [UInt8], _ right: [UInt8]) -> [UInt8] { zip(left, right).map(^) }
}

/// What makes two ciphertexts of one message differ, and what opens them: secret until the round is due.
struct TimelockRandomness {
    /// 32 bytes: the key of AES-256-GCM.
    let key: [UInt8]
    /// 32 bytes.
    let sigma: [UInt8]
    /// 12 bytes.
    let nonce: [UInt8]

    /// For tests; the lengths are the caller's to keep.
    init(key: [UInt8], sigma: [UInt8], nonce: [UInt8]) {
        self.key = key
        self.sigma = sigma
        self.nonce = nonce
    }

    /// From the system's generator.
    init() {
        self.init(
            key: Self.random(AES256GCM.keyCount), sigma: Self.random(32), nonce: Self.random(AES256GCM.nonceCount))
    }

    private static func random(_ count: Int) -> [UInt8] { SecretBytes.random(count: count).withBytes { Array($0) } }
}
