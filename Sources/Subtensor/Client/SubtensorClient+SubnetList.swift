internal import Substrate

extension SubtensorClient {
    /// All subnets at the best block, by netuid.
    ///
    /// Names, symbols, emissions and the pool's price come from the runtime's API; the cost of a registration and the
    /// number of neurons from storage.
    ///
    /// - Throws: ``SubtensorError`` `unexpectedShape` or `runtimeLacks`; `SubstrateError`.
    /// - Source: `get_all_dynamic_info`, else `get_subnets_info_v2`; `SwapRuntimeApi`.
    public func subnets() async throws -> [Subnet] {
        let head = try await chain.head()
        let codec = try await chain.runtime().codec
        let isFull = codec.hasMethod(Self.subnetAPI, "get_all_dynamic_info")
        guard isFull || codec.hasMethod(Self.subnetAPI, "get_subnets_info_v2") else {
            throw SubtensorError(
                .runtimeLacks,
                "the runtime describes neither \(Self.subnetAPI).get_all_dynamic_info nor get_subnets_info_v2")
        }
        let answer = try await chain.query(
            Self.subnetAPI, isFull ? "get_all_dynamic_info" : "get_subnets_info_v2", [], at: head.hash)
        var subnets: [Subnet] = []
        for value in answer.elements ?? [] {
            guard let value = value.unwrapped else { continue }
            subnets.append(isFull ? try Subnet(dynamicInfo: value) : try Subnet(info: value))
        }
        let netuids = subnets.map(\.netuid)
        async let prices = prices(of: netuids, at: head.hash, codec)
        try await complete(&subnets, at: head.hash, codec)
        let found = try await prices
        for index in subnets.indices {
            if let price = found[subnets[index].netuid] { subnets[index].price = price }
        }
        return subnets.sorted { $0.netuid.rawValue < $1.netuid.rawValue }
    }

    /// What founding a subnet costs now.
    ///
    /// - Throws: `runtimeLacks` for a runtime that does not tell.
    public func subnetRegistrationCost() async throws -> Rao {
        let api = "SubnetRegistrationRuntimeApi"
        guard try await chain.runtime().codec.hasMethod(api, "get_network_registration_cost") else {
            throw SubtensorError(.runtimeLacks, "the runtime describes no \(api).get_network_registration_cost")
        }
        guard let cost = try await chain.query(api, "get_network_registration_cost", []).integer(UInt64.self) else {
            throw SubtensorError(.unexpectedShape, "the cost of founding a subnet is no amount")
        }
        return Rao(cost)
    }

    /// TAO for one alpha; empty where the runtime does not tell.
    private func prices(
        of netuids: [Netuid], at block: BlockHash, _ codec: RuntimeCodec
    ) async throws -> [Netuid: Double] {
        let api = "SwapRuntimeApi"
        var prices: [Netuid: Double] = [:]
        if codec.hasMethod(api, "current_alpha_price_all") {
            for item in try await chain.query(api, "current_alpha_price_all", [], at: block).elements ?? [] {
                guard let netuid = item["netuid"]?.integer(UInt16.self), let price = item["price"]?.integer(UInt64.self)
                else { throw SubtensorError(.unexpectedShape, "a price in the list has no netuid or amount") }
                prices[Netuid(netuid)] = Double(price) / 1e9
            }
        } else if codec.hasMethod(api, "current_alpha_price"), !netuids.isEmpty {
            let queries = netuids.map { RuntimeQuery(api, "current_alpha_price", .number($0.rawValue)) }
            for (netuid, answer) in zip(netuids, try await chain.query(queries, at: block)) {
                guard case .success(let value) = answer, let price = value.integer(UInt64.self) else { continue }
                prices[netuid] = Double(price) / 1e9
            }
        }
        return prices
    }

    /// Fills in what only storage has, for all subnets in one read.
    private func complete(_ subnets: inout [Subnet], at block: BlockHash, _ codec: RuntimeCodec) async throws {
        let items = ["Burn", "NetworkRegistrationAllowed", "SubnetworkN", "MaxAllowedUids"]
            .filter { codec.hasStorage(Self.pallet, $0) }
        let queries = subnets.flatMap { subnet in
            items.map { StorageQuery(Self.pallet, $0, .number(subnet.netuid.rawValue)) }
        }
        guard !queries.isEmpty else { return }
        let values = try await chain.storage(queries, at: block)
        for index in subnets.indices {
            let own = values[(index * items.count)..<((index + 1) * items.count)]
            for (item, value) in zip(items, own) {
                switch item {
                case "Burn": subnets[index].registrationCost = value?.integer().map { Rao($0) }
                case "NetworkRegistrationAllowed": subnets[index].isRegistrationAllowed = value?.bool
                case "SubnetworkN": subnets[index].neuronCount = value?.integer()
                default: subnets[index].maximumNeurons = value?.integer()
                }
            }
        }
    }
}
