/// The weights inside a timelocked commit, as the chain decodes them once the round's signature has opened it.
///
/// SCALE: `{ hotkey: Vec<u8>, uids: Vec<u16>, values: Vec<u16>, version_key: u64 }`.
///
/// - Source: subtensor, `WeightsTlockPayload` in `coinbase/reveal_commits.rs`.
public struct RevealPayload: Hashable, Sendable {
    /// The one that signs the commit: a payload with another one is dropped without an error.
    public let hotkey: Hotkey
    public let uids: [UInt16]
    /// As many as uids.
    public let values: [UInt16]
    public let versionKey: UInt64

    /// - Throws: ``TimelockError`` with code `unequalLengths`.
    public init(hotkey: Hotkey, uids: [UInt16], values: [UInt16], versionKey: UInt64) throws(TimelockError) {
        guard uids.count == values.count else {
            throw TimelockError(.unequalLengths, "\(uids.count) uids have \(values.count) weights")
        }
        self.hotkey = hotkey
        self.uids = uids
        self.values = values
        self.versionKey = versionKey
    }

    public var encoded: [UInt8] {
        Scale.encode(hotkey.account.bytes) + Scale.encode(uids) + Scale.encode(values) + Scale.encode(versionKey)
    }
}
