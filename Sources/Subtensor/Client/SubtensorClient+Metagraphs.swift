internal import Logging
internal import Substrate

extension SubtensorClient {
    /// A subnet's neurons at the best block.
    ///
    /// - Parameter mechanism: whose incentives and updates; 0 is the one every subnet has.
    /// - Throws: ``SubtensorError`` `subnetNotFound`, `unexpectedShape` or `runtimeLacks`; `SubstrateError`.
    /// - Source: `SubnetInfoRuntimeApi.get_metagraph` or `get_mechagraph`, else
    ///   `NeuronInfoRuntimeApi.get_neurons_lite`.
    public func metagraph(of netuid: Netuid, mechanism: UInt8 = 0) async throws -> Metagraph {
        try await metagraph(of: netuid, mechanism: mechanism, at: try await chain.head())
    }

    /// Some columns of the metagraph: what is not asked for is zero, false or nil. Hotkeys and coldkeys are always
    /// there.
    ///
    /// - Source: `get_selective_mechagraph`, else `get_selective_metagraph`; the whole metagraph where the runtime has
    ///   neither.
    public func metagraph(
        of netuid: Netuid, mechanism: UInt8 = 0, fields: Set<MetagraphField>
    ) async throws -> Metagraph {
        let head = try await chain.head()
        let codec = try await chain.runtime().codec
        let wanted = fields.union([.hotkeys, .coldkeys, .tempo, .blocksSinceLastStep]).map(\.rawValue).sorted()
        let indices = ScaleValue.sequence(wanted.map { .number($0) })
        let answer: ScaleValue
        if codec.hasMethod(Self.subnetAPI, "get_selective_mechagraph") {
            answer = try await chain.query(
                Self.subnetAPI, "get_selective_mechagraph",
                [.number(netuid.rawValue), .number(mechanism), indices], at: head.hash)
        } else if mechanism == 0, codec.hasMethod(Self.subnetAPI, "get_selective_metagraph") {
            answer = try await chain.query(
                Self.subnetAPI, "get_selective_metagraph", [.number(netuid.rawValue), indices], at: head.hash)
        } else {
            return try await metagraph(of: netuid, mechanism: mechanism, at: head)
        }
        guard answer.unwrapped != nil else { throw Self.notFound(netuid) }
        var metagraph = try Metagraph(
            columns: answer, netuid: netuid, block: head.number, blockHash: head.hash.hex)
        metagraph.mechanism = mechanism
        return metagraph
    }

    /// The subnet's metagraph at each new head, as fast as it can be read, until the client closes. A reader that
    /// lags gets the newest. A failed read is logged and left out.
    public func metagraphs(
        of netuid: Netuid, mechanism: UInt8 = 0, finalized: Bool = false
    ) -> AsyncStream<Metagraph> {
        let (stream, sink) = AsyncStream.makeStream(of: Metagraph.self, bufferingPolicy: .bufferingNewest(1))
        // Cancelled when the stream's reader is gone.
        let feeder = Task { [self] in
            for await head in finalized ? finalizedHeads() : heads() {
                guard let hash = BlockHash(hex: head.hash) else { continue }
                do {
                    sink.yield(
                        try await metagraph(of: netuid, mechanism: mechanism, at: (number: head.number, hash: hash)))
                } catch {
                    if Task.isCancelled { break }
                    logger.debug(
                        "Metagraph not read",
                        metadata: [
                            "subnet.netuid": "\(netuid)", "chain.block": "\(head.number)", "error.cause": "\(error)",
                        ])
                }
            }
            sink.finish()
        }
        sink.onTermination = { _ in feeder.cancel() }
        return stream
    }

    private func metagraph(of netuid: Netuid, mechanism: UInt8, at head: BlockHeader) async throws -> Metagraph {
        try await metagraph(of: netuid, mechanism: mechanism, at: (number: head.number, hash: head.hash))
    }

    private func metagraph(
        of netuid: Netuid, mechanism: UInt8, at head: (number: UInt64, hash: BlockHash)
    ) async throws -> Metagraph {
        let codec = try await chain.runtime().codec
        if mechanism > 0 { return try await mechagraph(of: netuid, mechanism: mechanism, at: head, codec) }
        if codec.hasMethod(Self.subnetAPI, "get_metagraph") {
            do {
                let value = try await chain.query(
                    Self.subnetAPI, "get_metagraph", [.number(netuid.rawValue)], at: head.hash)
                guard value.unwrapped != nil else { throw Self.notFound(netuid) }
                return try Metagraph(columns: value, netuid: netuid, block: head.number, blockHash: head.hash.hex)
            } catch let error as SubstrateError where codec.isAssumed(Self.subnetAPI, "get_metagraph") {
                // A runtime that does not describe its APIs may be too old for this one.
                logger.debug("Metagraph is read neuron by neuron", metadata: ["error.cause": "\(error)"])
            }
        }
        return try await neurons(of: netuid, at: head, codec)
    }

    private func mechagraph(
        of netuid: Netuid, mechanism: UInt8, at head: (number: UInt64, hash: BlockHash), _ codec: RuntimeCodec
    ) async throws -> Metagraph {
        guard codec.hasMethod(Self.subnetAPI, "get_mechagraph") else {
            throw SubtensorError(
                .runtimeLacks, "the runtime describes no \(Self.subnetAPI).get_mechagraph for mechanism \(mechanism)")
        }
        let value = try await chain.query(
            Self.subnetAPI, "get_mechagraph", [.number(netuid.rawValue), .number(mechanism)], at: head.hash)
        guard value.unwrapped != nil else {
            throw SubtensorError(
                .subnetNotFound, "the chain has no subnet \(netuid) with a mechanism \(mechanism)", source: .caller)
        }
        var metagraph = try Metagraph(columns: value, netuid: netuid, block: head.number, blockHash: head.hash.hex)
        metagraph.mechanism = mechanism
        return metagraph
    }

    private func neurons(
        of netuid: Netuid, at head: (number: UInt64, hash: BlockHash), _ codec: RuntimeCodec
    ) async throws -> Metagraph {
        guard codec.hasMethod("NeuronInfoRuntimeApi", "get_neurons_lite") else {
            throw SubtensorError(
                .runtimeLacks,
                "the runtime describes neither SubnetInfoRuntimeApi.get_metagraph nor "
                    + "NeuronInfoRuntimeApi.get_neurons_lite")
        }
        let id = ScaleValue.number(netuid.rawValue)
        async let neurons = chain.query("NeuronInfoRuntimeApi", "get_neurons_lite", [id], at: head.hash)
        let rules = try await storage(["NetworksAdded", "Tempo", "BlocksSinceLastStep"], key: id, at: head.hash)
        guard rules["NetworksAdded"]?.bool != false else { throw Self.notFound(netuid) }
        return try Metagraph(
            neurons: try await neurons, netuid: netuid, block: head.number, blockHash: head.hash.hex,
            tempo: rules["Tempo"]?.integer() ?? 0, blocksSinceLastStep: rules["BlocksSinceLastStep"]?.integer() ?? 0)
    }
}
