public import Signing
internal import Substrate

extension SubtensorClient {
    static let pallet = "SubtensorModule"
    static let subnetAPI = "SubnetInfoRuntimeApi"

    /// The rules of a subnet that weight setting needs, at the best block, in one round trip.
    public func hyperparameters(of netuid: Netuid) async throws -> SubnetHyperparameters {
        let items = [
            "NetworksAdded", "Tempo", "WeightsSetRateLimit", "CommitRevealWeightsEnabled", "MinAllowedWeights",
            "MaxWeightsLimit", "WeightsVersionKey",
        ]
        let value = try await storage(items, key: .number(netuid.rawValue))
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

    /// All rules of a subnet by the chain's names for them, in its order.
    ///
    /// - Throws: ``SubtensorError`` `subnetNotFound`, `unexpectedShape` or `runtimeLacks`; `SubstrateError`.
    /// - Source: `get_subnet_hyperparams_v3`, which describes itself, else `_v2`, else the first version.
    public func allHyperparameters(of netuid: Netuid) async throws -> [Hyperparameter] {
        let codec = try await chain.runtime().codec
        let methods = ["get_subnet_hyperparams_v3", "get_subnet_hyperparams_v2", "get_subnet_hyperparams"]
        guard let method = methods.first(where: { codec.hasMethod(Self.subnetAPI, $0) }) else {
            throw SubtensorError(.runtimeLacks, "the runtime describes no \(Self.subnetAPI).get_subnet_hyperparams")
        }
        let answer = try await chain.query(Self.subnetAPI, method, [.number(netuid.rawValue)])
        guard let value = answer.unwrapped else { throw Self.notFound(netuid) }
        switch value {
        case .composite(let fields): return fields.compactMap(Hyperparameter.init(field:))
        case .sequence(let entries): return entries.compactMap(Hyperparameter.init(entry:))
        default: throw SubtensorError(.unexpectedShape, "\(method) gives neither fields nor entries")
        }
    }

    /// The slot that a hotkey holds in a subnet; nil where it is not registered there.
    public func uid(of hotkey: Hotkey, in netuid: Netuid) async throws -> UID? {
        let query = StorageQuery(Self.pallet, "Uids", .number(netuid.rawValue), .bytes(hotkey.account.bytes))
        return try await chain.storage(query)?.integer(UInt16.self).map { UID($0) }
    }

    /// Values of one subnet by item, in one round trip. A runtime without an item has not got the rule.
    func storage(
        _ items: [String], key: ScaleValue, at block: BlockHash? = nil
    ) async throws -> [String: ScaleValue] {
        let codec = try await chain.runtime().codec
        let known = items.filter { codec.hasStorage(Self.pallet, $0) }
        let values = try await chain.storage(known.map { StorageQuery(Self.pallet, $0, key) }, at: block)
        return Dictionary(zip(known, values)) { first, _ in first }.compactMapValues(\.self)
    }

    static func notFound(_ netuid: Netuid) -> SubtensorError {
        SubtensorError(.subnetNotFound, "the chain has no subnet \(netuid)", source: .caller)
    }
}
