public import Neurons
public import Subtensor

/// A miner that may be asked: where it is, and how its subnet rates it.
///
/// One object per metagraph, shared by all requests: plans copy a reference, not a neuron.
public final class Candidate: Sendable {
    public let miner: Miner
    public let neuron: Neuron

    public init(miner: Miner, neuron: Neuron) {
        self.miner = miner
        self.neuron = neuron
    }
}
