/// How a request to a miner is addressed, signed and answered.
public enum NeuronDialect: String, Sendable, CaseIterable {
    /// The Axon and Dendrite of the SDK up to version 10: a synapse per path, signature and body hash in `bt_header_*`.
    case dendrite
    /// `btauth/1` of the SDK from version 11: any HTTP request, signed in `X-Bittensor-*`.
    case btauth
}
