/// A subnet's neurons at one block.
public struct Metagraph: Sendable {
    public var netuid: Netuid
    /// The mechanism that incentives, updates and consensus are of; every subnet has 0.
    public var mechanism: UInt8 = 0
    public var block: UInt64
    /// `0x` and 64 hex digits; empty for a metagraph that comes from no chain.
    public var blockHash: String
    /// Blocks from one epoch to the next.
    public var tempo: UInt16
    /// Blocks since the last epoch.
    public var blocksSinceLastStep: UInt64
    /// By UID, ascending.
    public var neurons: [Neuron]
    /// When it was read, for its age.
    public var readAt: ContinuousClock.Instant

    public init(
        netuid: Netuid, block: UInt64 = 0, blockHash: String = "", tempo: UInt16 = 360,
        blocksSinceLastStep: UInt64 = 0, neurons: [Neuron], readAt: ContinuousClock.Instant = .now
    ) {
        self.netuid = netuid
        self.block = block
        self.blockHash = blockHash
        self.tempo = tempo
        self.blocksSinceLastStep = blocksSinceLastStep
        self.neurons = neurons
        self.readAt = readAt
    }
}

/// A block as a node announced it.
public struct Head: Hashable, Sendable {
    public let number: UInt64
    /// `0x` and 64 hex digits.
    public let hash: String
}
