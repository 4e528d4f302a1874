public import Signing
internal import Substrate

extension SubtensorClient {
    /// Sets a validator's weights the way the subnet takes them, and follows that into a finalized block.
    ///
    /// With commit-reveal off by `set_mechanism_weights`, else `set_weights`. With it on as a timelocked commit, which
    /// the chain opens itself; ``WeightReceipt/reveal`` says when. Free of charge; signed by the hotkey.
    ///
    /// - Parameters:
    ///   - mechanism: of the subnet; 0 is the one every subnet has.
    ///   - versionKey: at least the subnet's `WeightsVersionKey`.
    /// - Throws: ``SubtensorError`` with the code of what the chain refuses, whether at submission or in the block;
    ///   `commitRevealRequired` where the subnet takes only commits and none can be made; `SubstrateError` where the
    ///   chain could not be asked or the outcome is not known.
    public func setWeights(
        _ weights: WeightVector, netuid: Netuid, mechanism: UInt8 = 0, versionKey: UInt64 = 0,
        signer: SR25519KeyPair
    ) async throws -> WeightReceipt {
        switch try await weightMethod(of: netuid) {
        case .plain:
            let codec = try await chain.runtime().codec
            let call = try Self.call(weights, netuid, mechanism, versionKey, codec)
            return WeightReceipt(extrinsic: try await submit(call, by: signer), reveal: nil)
        case .timelockedCommit(let version):
            return try await commitTimelocked(
                weights, netuid: netuid, mechanism: mechanism, versionKey: versionKey, version: version,
                signer: signer)
        case .hashedCommit:
            throw SubtensorError(
                .commitRevealRequired,
                "subnet \(netuid) takes weights only as hashed commits on this runtime: commit them, and reveal them "
                    + "an epoch later with the same salt", source: .caller)
        }
    }

    /// The way a subnet takes weights, as the chain has it now.
    public func weightMethod(of netuid: Netuid) async throws -> WeightMethod {
        let rules = try await hyperparameters(of: netuid)
        guard rules.isCommitRevealEnabled else { return .plain }
        let codec = try await chain.runtime().codec
        guard Self.timelockedCalls.contains(where: { codec.hasCall(Self.pallet, $0) }) else {
            guard codec.hasCall(Self.pallet, "commit_weights") || codec.hasCall(Self.pallet, "commit_mechanism_weights")
            else {
                throw SubtensorError(
                    .runtimeLacks, "subnet \(netuid) takes only commits, and the runtime has no call to commit weights")
            }
            return .hashedCommit
        }
        guard codec.hasStorage(Self.pallet, "CommitRevealWeightsVersion") else {
            return .timelockedCommit(version: Self.defaultCommitVersion)
        }
        let version = try await chain.storage(StorageQuery(Self.pallet, "CommitRevealWeightsVersion"))
        return .timelockedCommit(version: version?.integer() ?? Self.defaultCommitVersion)
    }

    /// The weights a validator has on the chain at the best block; empty for none.
    public func weights(setBy uid: UID, netuid: Netuid, mechanism: UInt8 = 0) async throws -> [WeightVector.Entry] {
        let index = try StorageIndex.of(netuid, mechanism: mechanism)
        let value = try await chain.storage(
            StorageQuery(Self.pallet, "Weights", .number(index), .number(uid.rawValue)))
        return try Self.entries(value)
    }

    /// All weights of a subnet at the best block, by the UID that set them; those with none are left out.
    public func weights(in netuid: Netuid, mechanism: UInt8 = 0) async throws -> [(
        uid: UID, entries: [WeightVector.Entry]
    )] {
        let index = try StorageIndex.of(netuid, mechanism: mechanism)
        let head = try await chain.head()
        let prefix = StorageQuery(Self.pallet, "Weights", .number(index))
        let keys = try await chain.storageKeys(prefix, at: head.hash, limit: 65_536)
        let codec = try await chain.runtime().codec
        var queries: [StorageQuery] = []
        for key in keys {
            guard let uid = try codec.decodeStorageKeys(Self.pallet, "Weights", key).last else { continue }
            queries.append(StorageQuery(Self.pallet, "Weights", .number(index), uid))
        }
        guard !queries.isEmpty else { return [] }
        var rows: [(uid: UID, entries: [WeightVector.Entry])] = []
        for (query, value) in zip(queries, try await chain.storage(queries, at: head.hash)) {
            guard let uid = query.keys.last?.integer(UInt16.self) else { continue }
            let entries = try Self.entries(value)
            if !entries.isEmpty { rows.append((UID(uid), entries)) }
        }
        return rows.sorted { $0.uid < $1.uid }
    }

    private static func entries(_ value: ScaleValue?) throws(SubtensorError) -> [WeightVector.Entry] {
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
        let (uids, shares) = (weights.uidValues, weights.shareValues)
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

extension WeightVector {
    var uidValues: ScaleValue { .sequence(entries.map { .number($0.uid.rawValue) }) }
    var shareValues: ScaleValue { .sequence(entries.map { .number($0.weight) }) }
}
