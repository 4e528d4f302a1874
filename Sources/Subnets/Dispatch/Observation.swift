public import Neurons
public import Subtensor

/// What one attempt showed of a miner: made for winners and losers alike, scored by the validator.
public struct Observation: Sendable {
    public enum Source: Sendable { case organic, probe }
    public enum Outcome: Sendable, Equatable {
        /// A whole valid answer, or a stream to its end.
        case answered
        /// No valid answer; the code is a stable word for logs.
        case failed(String)
        /// We stopped it: another miner was faster or the client left. Says nothing about the miner.
        case abandoned
    }

    public var requestID: String
    public var netuid: Netuid
    public var miner: Miner
    public var source: Source
    public var outcome: Outcome
    /// To the end of the answer.
    public var latency: Duration
    /// To the first valid piece of it.
    public var firstChunk: Duration?
    /// How like the other miners' answers to the same request it was, 0...1; nil where there was none to compare.
    public var agreement: Double?
    /// How right the answer to a probe was, 0...1.
    public var correctness: Double?

    public init(
        requestID: String, netuid: Netuid, miner: Miner, source: Source, outcome: Outcome, latency: Duration,
        firstChunk: Duration? = nil, agreement: Double? = nil, correctness: Double? = nil
    ) {
        self.requestID = requestID
        self.netuid = netuid
        self.miner = miner
        self.source = source
        self.outcome = outcome
        self.latency = latency
        self.firstChunk = firstChunk
        self.agreement = agreement
        self.correctness = correctness
    }
}

/// Takes observations as they are made; called on event loops, so it must not block.
public typealias ObservationSink = @Sendable (Observation) -> Void
