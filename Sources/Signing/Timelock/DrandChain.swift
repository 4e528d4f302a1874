/// A drand network whose rounds are signed on G1, each for itself: scheme `bls-unchained-g1-rfc9380`.
///
/// The signature of a round is public from the moment the round is due, and nobody can compute it before. It is therefore
/// the key that opens what was sealed for that round.
///
/// - Source: subtensor, pallet `Drand` (quicknet's constants); drand, `crypto/schemes.go`.
public struct DrandChain: Sendable {
    /// 96 bytes, compressed.
    public let publicKey: [UInt8]
    /// 32 bytes: the network's name in its HTTP API, `/<hash in hexadecimal>/public/<round>`.
    public let hash: [UInt8]
    /// When round 1 is due, in seconds since 1970.
    public let genesisTime: UInt64
    /// Between rounds, in seconds; at least 1.
    public let period: UInt64

    let key: G2Point

    /// - Parameters:
    ///   - publicKey: 96 bytes, compressed.
    ///   - hash: 32 bytes.
    ///   - genesisTime: in seconds since 1970.
    ///   - period: in seconds, at least 1.
    /// - Throws: ``TimelockError`` with code `invalidNetwork`.
    public init(publicKey: [UInt8], hash: [UInt8], genesisTime: UInt64, period: UInt64) throws(TimelockError) {
        guard period > 0 else { throw TimelockError(.invalidNetwork, "a drand network with a period of 0 seconds") }
        do {
            key = try G2Point(compressed: publicKey)
        } catch {
            throw TimelockError(.invalidNetwork, "the drand network's public key: \(error)")
        }
        self.publicKey = publicKey
        self.hash = hash
        self.genesisTime = genesisTime
        self.period = period
    }

    /// The network that Bittensor's timelocked commits are sealed for: a round each 3 seconds.
    public static let quicknet: DrandChain = {
        let chain = try? DrandChain(
            publicKey: Hex.decode(
                "83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d106451"
                    + "0d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a"
            ),
            hash: Hex.decode("52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971"),
            genesisTime: 1_692_803_367, period: 3)
        guard let chain else { preconditionFailure("quicknet's key is a constant of this target") }
        return chain
    }()

    /// The newest round that is due.
    ///
    /// - Parameter seconds: since 1970.
    /// - Returns: nil before the first round.
    public func latestRound(at seconds: UInt64) -> UInt64? {
        seconds < genesisTime ? nil : (seconds - genesisTime) / period &+ 1
    }

    /// Whether a signature is the network's for a round.
    ///
    /// - Parameter signature: 48 bytes, compressed.
    /// - Returns: false for another round's or network's signature.
    /// - Throws: ``TimelockError`` with code `invalidSignature` for bytes that are no signature at all.
    public func isValid(signature: [UInt8], ofRound round: UInt64) throws(TimelockError) -> Bool {
        let signature = try Self.signaturePoint(signature)
        return Pairing.areEqual((signature, G2Point.generator), (Self.identity(ofRound: round), key))
    }

    /// The point whose multiple with the network's secret is the round's signature.
    static func identity(ofRound round: UInt64) -> G1Point {
        let message = Hash.sha256(withUnsafeBytes(of: round.bigEndian) { Array($0) })
        return G1Point.hash(message, domain: "BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_")
    }

    static func signaturePoint(_ bytes: [UInt8]) throws(TimelockError) -> G1Point {
        do {
            return try G1Point(compressed: bytes)
        } catch {
            throw TimelockError(.invalidSignature, "the round's signature: \(error)")
        }
    }
}
