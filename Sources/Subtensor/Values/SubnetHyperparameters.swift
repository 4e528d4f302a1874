/// The rules of a subnet that weight setting needs.
public struct SubnetHyperparameters: Hashable, Sendable {
    /// Blocks from one epoch to the next.
    public var tempo: UInt16
    /// Blocks between two weight settings of one neuron.
    public var weightsSetRateLimit: UInt64
    /// Whether weights are taken only as timelocked commits.
    public var isCommitRevealEnabled: Bool
    /// The fewest weights a setting may have.
    public var minAllowedWeights: UInt16
    /// The largest share one weight may have, of 65535.
    public var maxWeightsLimit: UInt16
    /// A version key below this one is refused; 0 takes all.
    public var weightsVersionKey: UInt64

    public init(
        tempo: UInt16, weightsSetRateLimit: UInt64, isCommitRevealEnabled: Bool, minAllowedWeights: UInt16,
        maxWeightsLimit: UInt16, weightsVersionKey: UInt64
    ) {
        self.tempo = tempo
        self.weightsSetRateLimit = weightsSetRateLimit
        self.isCommitRevealEnabled = isCommitRevealEnabled
        self.minAllowedWeights = minAllowedWeights
        self.maxWeightsLimit = maxWeightsLimit
        self.weightsVersionKey = weightsVersionKey
    }
}
