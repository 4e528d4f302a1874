internal import Signing
internal import Substrate

/// Seals bytes so that they open once drand's quicknet has published a round.
///
/// The chain opens them itself, so the form must be its own: `tle` with AES-256-GCM, at most 5000 bytes in all.
public protocol WeightTimelock: Sendable {
    func seal(_ plaintext: [UInt8], untilRound round: UInt64) throws -> [UInt8]
}

/// The chain's own: drand's quicknet.
public struct QuicknetTimelock: WeightTimelock {
    public init() {}
    public func seal(_ plaintext: [UInt8], untilRound round: UInt64) throws -> [UInt8] {
        try Timelock.encrypt(plaintext, round: round)
    }
}

/// What a timelocked commit holds.
enum TimelockedWeights {
    /// The most bytes the chain takes in one commit.
    static let maximumBytes = 5_000

    /// - Source: subtensor, `WeightsTlockPayload`; a payload of another hotkey than the signer's is dropped when it
    ///   opens.
    static func payload(_ weights: WeightVector, hotkey: Hotkey, versionKey: UInt64) -> [UInt8] {
        var encoder = ScaleEncoder(capacity: 64 + weights.entries.count * 4)
        encoder.byteVector(hotkey.account.bytes)
        encoder.vector(weights.entries) { $0.integer($1.uid.rawValue) }
        encoder.vector(weights.entries) { $0.integer($1.weight) }
        encoder.integer(versionKey)
        return encoder.bytes
    }
}
