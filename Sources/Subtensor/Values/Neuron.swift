public import Signing

/// One registered hotkey of a subnet, as a block showed it.
public struct Neuron: Hashable, Sendable {
    public var uid: UID
    public var hotkey: Hotkey
    public var coldkey: Coldkey
    /// Nil where it has published none.
    public var axon: AxonInfo?
    /// Whether it has set weights within the activity cutoff.
    public var isActive: Bool
    public var hasValidatorPermit: Bool
    /// Alpha and TAO together, as consensus counts it.
    public var stake: Rao
    /// Shares of 65535.
    public var incentive: UInt16
    public var dividends: UInt16
    public var consensus: UInt16
    /// The block at which it last set or committed weights; 0 for never.
    public var lastUpdate: UInt64
    /// The block at which the hotkey took the slot; 0 where the runtime does not say.
    public var registeredAt: UInt64

    public init(
        uid: UID, hotkey: Hotkey, coldkey: Coldkey, axon: AxonInfo? = nil, isActive: Bool = true,
        hasValidatorPermit: Bool = false, stake: Rao = Rao(0), incentive: UInt16 = 0, dividends: UInt16 = 0,
        consensus: UInt16 = 0, lastUpdate: UInt64 = 0, registeredAt: UInt64 = 0
    ) {
        self.uid = uid
        self.hotkey = hotkey
        self.coldkey = coldkey
        self.axon = axon
        self.isActive = isActive
        self.hasValidatorPermit = hasValidatorPermit
        self.stake = stake
        self.incentive = incentive
        self.dividends = dividends
        self.consensus = consensus
        self.lastUpdate = lastUpdate
        self.registeredAt = registeredAt
    }
}
