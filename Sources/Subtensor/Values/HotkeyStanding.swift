public import Signing

/// What a hotkey is in one subnet, as a block showed it.
public struct HotkeyStanding: Hashable, Sendable {
    public let hotkey: Hotkey
    public let netuid: Netuid
    /// Nil where it is not registered.
    public let uid: UID?
    public let hasValidatorPermit: Bool
    /// Alpha and TAO together, as consensus counts it; for a hotkey that is not registered its alpha.
    public let stake: Rao
    /// The block at which it last set or committed weights; 0 for never.
    public let lastUpdate: UInt64
}

/// What one coldkey has staked to one hotkey in one subnet.
public struct Stake: Hashable, Sendable {
    public let hotkey: Hotkey
    public let coldkey: Coldkey
    public let netuid: Netuid
    /// In alpha; in TAO for subnet 0.
    public let amount: Rao
    public let isRegistered: Bool
}

/// What a node says of itself and its chain.
public struct ChainInformation: Hashable, Sendable {
    public let chain: String
    /// The node's software and its version.
    public let node: String
    public let genesisHash: String
    public let specVersion: UInt32
    public let transactionVersion: UInt32
    public let head: Head
    public let finalized: Head
    /// Nil where the runtime does not tell.
    public let blockTime: Duration?
}
