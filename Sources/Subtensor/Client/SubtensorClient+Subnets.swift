public import Signing
internal import Substrate

extension SubtensorClient {
    static let pallet = "SubtensorModule"

    /// A subnet's neurons at the best block.
    ///
    /// - Throws: ``SubtensorError`` `subnetNotFound`, `unexpectedShape` or `runtimeLacks`; `SubstrateError`.
    /// - Source: `SubnetInfoRuntimeApi.get_metagraph`, else `NeuronInfoRuntimeApi.get_neurons_lite`.
    public func metagraph(of netuid: Netuid) async throws -> Metagraph {
        let head = try await chain.head()
        let codec = try await chain.runtime().codec
        if codec.hasMethod("SubnetInfoRuntimeApi", "get_metagraph") {
            let value = try await chain.query(
                "SubnetInfoRuntimeApi", "get_metagraph", [.number(netuid.rawValue)], at: head.hash)
            guard value.unwrapped != nil else { throw Self.notFound(netuid) }
            return try Metagraph(columns: value, netuid: netuid, block: head.number, blockHash: head.hash.hex)
        }
        guard codec.hasMethod("NeuronInfoRuntimeApi", "get_neurons_lite") else {
            throw SubtensorError(
                .runtimeLacks,
                "the runtime describes neither SubnetInfoRuntimeApi.get_metagraph nor "
                    + "NeuronInfoRuntimeApi.get_neurons_lite")
        }
        let id = ScaleValue.number(netuid.rawValue)
        async let neurons = chain.query("NeuronInfoRuntimeApi", "get_neurons_lite", [id], at: head.hash)
        let rules = try await chain.storage(
            ["NetworksAdded", "Tempo", "BlocksSinceLastStep"].map { StorageQuery(Self.pallet, $0, id) },
            at: head.hash)
        guard rules[0]?.bool == true else { throw Self.notFound(netuid) }
        return try Metagraph(
            neurons: try await neurons, netuid: netuid, block: head.number, blockHash: head.hash.hex,
            tempo: rules[1]?.integer() ?? 0, blocksSinceLastStep: rules[2]?.integer() ?? 0)
    }

    /// The rules of a subnet at the best block, in one round trip.
    public func hyperparameters(of netuid: Netuid) async throws -> SubnetHyperparameters {
        let items = [
            "NetworksAdded", "Tempo", "WeightsSetRateLimit", "CommitRevealWeightsEnabled", "MinAllowedWeights",
            "MaxWeightsLimit", "WeightsVersionKey",
        ]
        let codec = try await chain.runtime().codec
        // A runtime without an item has not got the rule.
        let known = items.filter { codec.hasStorage(Self.pallet, $0) }
        let values = try await chain.storage(
            known.map { StorageQuery(Self.pallet, $0, .number(netuid.rawValue)) })
        let value = Dictionary(zip(known, values)) { first, _ in first }.compactMapValues(\.self)
        guard value["NetworksAdded"]?.bool != false else { throw Self.notFound(netuid) }
        guard let tempo = value["Tempo"]?.integer(UInt16.self) else {
            throw SubtensorError(.unexpectedShape, "the chain does not say the tempo of subnet \(netuid)")
        }
        return SubnetHyperparameters(
            tempo: tempo, weightsSetRateLimit: value["WeightsSetRateLimit"]?.integer() ?? 0,
            isCommitRevealEnabled: value["CommitRevealWeightsEnabled"]?.bool ?? false,
            minAllowedWeights: value["MinAllowedWeights"]?.integer() ?? 0,
            maxWeightsLimit: value["MaxWeightsLimit"]?.integer() ?? .max,
            weightsVersionKey: value["WeightsVersionKey"]?.integer() ?? 0)
    }

    /// The slot that a hotkey holds in a subnet; nil where it is not registered there.
    public func uid(of hotkey: Hotkey, in netuid: Netuid) async throws -> UID? {
        let query = StorageQuery(Self.pallet, "Uids", .number(netuid.rawValue), .bytes(hotkey.account.bytes))
        return try await chain.storage(query)?.integer(UInt16.self).map { UID($0) }
    }

    static func notFound(_ netuid: Netuid) -> SubtensorError {
        SubtensorError(.subnetNotFound, "the chain has no subnet \(netuid)", source: .caller)
    }
}
