public import Neurons
public import Subtensor

/// A miner that may be asked: where it is, and how its subnet rates it.
public struct Candidate: Sendable {
    public let miner: Miner
    public let neuron: Neuron
}
