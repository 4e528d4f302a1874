public import Signing
public import Substrate

extension SubtensorClient {
    /// Sets a validator's weights and follows them into a finalized block.
    ///
    /// Uses `set_mechanism_weights` where the runtime has it, else `set_weights`. Free of charge; signed by the hotkey.
    ///
    /// - Parameters:
    ///   - mechanism: of the subnet; 0 is the one every subnet has.
    ///   - versionKey: at least the subnet's `WeightsVersionKey`.
    /// - Throws: ``SubtensorError`` `commitRevealRequired` for a subnet that takes only commits; `SubstrateError`
    ///   `invalidTransaction` or `dispatchFailed` with the chain's name for what is wrong.
    public func setWeights(
        _ weights: WeightVector, netuid: Netuid, mechanism: UInt8 = 0, versionKey: UInt64 = 0,
        signer: SR25519KeyPair
    ) async throws -> FinalizedExtrinsic {
        guard try await !hyperparameters(of: netuid).isCommitRevealEnabled else {
            throw SubtensorError(
                .commitRevealRequired,
                "commit-reveal is not supported yet: subnet \(netuid) takes weights only as timelocked commits; "
                    + "its owner can switch that off (CommitRevealWeightsEnabled), otherwise switch off setting "
                    + "weights for it",
                source: .caller)
        }
        let codec = try await chain.runtime().codec
        let call = try Self.call(weights, netuid, mechanism, versionKey, codec)
        return try await chain.submitAndWatch(call, by: signer)
    }

    /// The weights a validator has on the chain at the best block; empty for none.
    public func weights(setBy uid: UID, netuid: Netuid, mechanism: UInt8 = 0) async throws -> [WeightVector.Entry] {
        let index = try StorageIndex.of(netuid, mechanism: mechanism)
        let value = try await chain.storage(
            StorageQuery(Self.pallet, "Weights", .number(index), .number(uid.rawValue)))
        var entries: [WeightVector.Entry] = []
        for pair in value?.elements ?? [] {
            guard let target = pair[0]?.integer(UInt16.self), let weight = pair[1]?.integer(UInt16.self) else {
                throw SubtensorError(.unexpectedShape, "a stored weight is not a pair of uid and share")
            }
            entries.append(.init(uid: UID(target), weight: weight))
        }
        return entries
    }

    static func call(
        _ weights: WeightVector, _ netuid: Netuid, _ mechanism: UInt8, _ versionKey: UInt64, _ codec: RuntimeCodec
    ) throws(SubtensorError) -> RuntimeCall {
        let uids = ScaleValue.sequence(weights.entries.map { .number($0.uid.rawValue) })
        let shares = ScaleValue.sequence(weights.entries.map { .number($0.weight) })
        let id = ScaleValue.number(netuid.rawValue)
        let key = ScaleValue.number(versionKey)
        if codec.hasCall(pallet, "set_mechanism_weights") {
            return RuntimeCall(
                pallet, "set_mechanism_weights",
                ["netuid": id, "mecid": .number(mechanism), "dests": uids, "weights": shares, "version_key": key])
        }
        guard mechanism == 0, codec.hasCall(pallet, "set_weights") else {
            throw SubtensorError(
                .runtimeLacks, "the runtime has no call to set weights of mechanism \(mechanism)")
        }
        return RuntimeCall(
            pallet, "set_weights", ["netuid": id, "dests": uids, "weights": shares, "version_key": key])
    }
}
