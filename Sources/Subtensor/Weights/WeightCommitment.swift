public import Signing
internal import Substrate

/// Weights hidden behind a hash, to be revealed with the same salt later: the older form of commit-reveal.
public struct WeightCommitment: Hashable, Sendable {
    public let weights: WeightVector
    /// Makes the hash unguessable; 8 random numbers in the SDK.
    public let salt: [UInt16]
    public let versionKey: UInt64

    public init(_ weights: WeightVector, versionKey: UInt64, salt: [UInt16] = Self.randomSalt()) {
        self.weights = weights
        self.salt = salt
        self.versionKey = versionKey
    }

    public static func randomSalt() -> [UInt16] {
        var random = SystemRandomNumberGenerator()
        return (0..<8).map { _ in UInt16.random(in: 0...65_535, using: &random) }
    }

    /// What goes on the chain: 32 bytes.
    ///
    /// - Throws: `runtimeLacks` for a mechanism that no netuid can have.
    /// - Source: subtensor, `get_commit_hash`: blake2b-256 of (account, storage index, uids, values, salt, version
    ///   key).
    public func hash(
        by hotkey: Hotkey, netuid: Netuid, mechanism: UInt8 = 0
    ) throws(SubtensorError) -> [UInt8] {
        hash(by: hotkey, storageIndex: try StorageIndex.of(netuid, mechanism: mechanism))
    }

    func hash(by hotkey: Hotkey, storageIndex: UInt16) -> [UInt8] {
        var encoder = ScaleEncoder(capacity: 64 + weights.entries.count * 4)
        encoder.raw(hotkey.account.bytes)
        encoder.integer(storageIndex)
        encoder.vector(weights.entries) { $0.integer($1.uid.rawValue) }
        encoder.vector(weights.entries) { $0.integer($1.weight) }
        encoder.vector(salt) { $0.integer($1) }
        encoder.integer(versionKey)
        return Hash.blake2b256(encoder.bytes)
    }
}
