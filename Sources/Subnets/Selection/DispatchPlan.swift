public import Neurons
public import Subtensor

/// Who to ask for one request, in which order, how many at once, and until when.
public struct DispatchPlan: Sendable {
    public struct Choice: Sendable {
        public let candidate: Candidate
        /// What the selector thought of the miner, dimensionless, higher is better.
        public let weight: Double

        public init(candidate: Candidate, weight: Double) {
            self.candidate = candidate
            self.weight = weight
        }

        public var miner: Miner { candidate.miner }
    }

    public let netuid: Netuid
    /// Block of the metagraph that the choices come from.
    public let block: UInt64
    /// The first `fanOut` are asked at once, the rest as attempts fail or are slow.
    public let choices: [Choice]
    public let fanOut: Int
    public let startedAt: ContinuousClock.Instant
    /// A plain answer is whole, or a stream has begun, by then.
    public let deadline: ContinuousClock.Instant
}
