internal import Foundation
public import Signing
public import Substrate

extension SubtensorClient {
    /// What the chain's own clients send where it does not tell.
    static let defaultCommitVersion: UInt16 = 4
    /// Newest first.
    static let timelockedCalls = [
        "commit_timelocked_mechanism_weights", "commit_timelocked_weights", "commit_crv3_mechanism_weights",
    ]

    /// Commits to weights by their hash; ``revealWeights(_:netuid:mechanism:signer:)`` has to follow within the
    /// subnet's reveal period.
    ///
    /// - Throws: as ``setWeights(_:netuid:mechanism:versionKey:signer:)``.
    /// - Source: subtensor, `commit_mechanism_weights`, else `commit_weights`.
    public func commitWeights(
        _ commitment: WeightCommitment, netuid: Netuid, mechanism: UInt8 = 0, signer: SR25519KeyPair
    ) async throws -> FinalizedExtrinsic {
        let hash = try commitment.hash(by: Hotkey(signer.accountID), netuid: netuid, mechanism: mechanism)
        let codec = try await chain.runtime().codec
        return try await submit(try Self.commitCall(hash, netuid, mechanism, codec), by: signer)
    }

    /// Reveals weights that were committed to by their hash.
    ///
    /// - Throws: as ``setWeights(_:netuid:mechanism:versionKey:signer:)``; `commitNotFound`, `notInRevealRange`.
    /// - Source: subtensor, `reveal_mechanism_weights`, else `reveal_weights`.
    public func revealWeights(
        _ commitment: WeightCommitment, netuid: Netuid, mechanism: UInt8 = 0, signer: SR25519KeyPair
    ) async throws -> FinalizedExtrinsic {
        let codec = try await chain.runtime().codec
        return try await submit(try Self.revealCall(commitment, netuid, mechanism, codec), by: signer)
    }

    /// Commits to weights that the chain opens itself.
    func commitTimelocked(
        _ weights: WeightVector, netuid: Netuid, mechanism: UInt8, versionKey: UInt64, version: UInt16,
        signer: SR25519KeyPair
    ) async throws -> WeightReceipt {
        guard let timelock else {
            throw SubtensorError(
                .commitRevealRequired,
                "subnet \(netuid) takes weights only as timelocked commits, and this client was made without a timelock",
                source: .caller)
        }
        let schedule = try await revealSchedule(of: netuid)
        let payload = TimelockedWeights.payload(
            weights, hotkey: Hotkey(signer.accountID), versionKey: versionKey)
        let sealed: [UInt8]
        do {
            sealed = try timelock.seal(payload, untilRound: schedule.round)
        } catch {
            throw SubtensorError(.timelockFailed, "the weights could not be sealed", cause: error)
        }
        let codec = try await chain.runtime().codec
        let call = try Self.timelockedCall(sealed, schedule.round, version, netuid, mechanism, codec)
        return WeightReceipt(
            extrinsic: try await submit(call, by: signer),
            reveal: .init(round: schedule.round, block: schedule.firstRevealBlock))
    }

    /// When a commit made now is revealed, from one block's state.
    func revealSchedule(of netuid: Netuid) async throws -> RevealSchedule {
        let head = try await chain.head()
        let id = ScaleValue.number(netuid.rawValue)
        let value = try await storage(
            [
                "Tempo", "RevealPeriodEpochs", "LastEpochBlock", "PendingEpochAt", "SubnetEpochIndex",
                "BlocksSinceLastStep",
            ], key: id, at: head.hash)
        let seconds = try await blockTime() / .seconds(1)
        guard let tempo = value["Tempo"]?.integer(UInt16.self) else { throw Self.notFound(netuid) }
        let period: UInt64 = value["RevealPeriodEpochs"]?.integer() ?? 1
        let now = Date().timeIntervalSince1970
        guard let last = value["LastEpochBlock"]?.integer(UInt64.self),
            let index = value["SubnetEpochIndex"]?.integer(UInt64.self)
        else {
            return try RevealSchedule(
                netuid: netuid, tempo: tempo, head: head.number, revealPeriod: period, blockSeconds: seconds, now: now)
        }
        let epochs = RevealSchedule.Epochs(
            tempo: tempo, lastEpochBlock: last, pendingEpochAt: value["PendingEpochAt"]?.integer() ?? 0, index: index,
            blocksSinceLastStep: value["BlocksSinceLastStep"]?.integer() ?? 0)
        return try RevealSchedule(
            epochs, head: head.number, revealPeriod: period, blockSeconds: seconds, now: now)
    }

    static func commitCall(
        _ hash: [UInt8], _ netuid: Netuid, _ mechanism: UInt8, _ codec: RuntimeCodec
    ) throws(SubtensorError) -> RuntimeCall {
        try variant(
            "commit_mechanism_weights", plain: "commit_weights", netuid, mechanism,
            [.init("commit_hash", .bytes(hash))], codec)
    }

    static func revealCall(
        _ commitment: WeightCommitment, _ netuid: Netuid, _ mechanism: UInt8, _ codec: RuntimeCodec
    ) throws(SubtensorError) -> RuntimeCall {
        try variant(
            "reveal_mechanism_weights", plain: "reveal_weights", netuid, mechanism,
            [
                .init("uids", commitment.weights.uidValues), .init("values", commitment.weights.shareValues),
                .init("salt", .sequence(commitment.salt.map { .number($0) })),
                .init("version_key", .number(commitment.versionKey)),
            ], codec)
    }

    static func timelockedCall(
        _ sealed: [UInt8], _ round: UInt64, _ version: UInt16, _ netuid: Netuid, _ mechanism: UInt8,
        _ codec: RuntimeCodec
    ) throws(SubtensorError) -> RuntimeCall {
        guard sealed.count <= TimelockedWeights.maximumBytes else {
            throw SubtensorError(
                .invalidWeights,
                "the sealed weights take \(sealed.count) bytes, the chain takes \(TimelockedWeights.maximumBytes)",
                source: .caller)
        }
        var arguments: [ScaleValue.Field] = [
            .init("commit", .bytes(sealed)), .init("reveal_round", .number(round)),
        ]
        if !codec.hasCall(pallet, timelockedCalls[0]), !codec.hasCall(pallet, timelockedCalls[1]),
            codec.hasCall(pallet, timelockedCalls[2])
        {
            // The call before those with a version.
            arguments.insert(.init("mecid", .number(mechanism)), at: 0)
            arguments.insert(.init("netuid", .number(netuid.rawValue)), at: 0)
            return RuntimeCall(pallet: pallet, name: timelockedCalls[2], arguments: arguments)
        }
        arguments.append(.init("commit_reveal_version", .number(version)))
        return try variant(timelockedCalls[0], plain: timelockedCalls[1], netuid, mechanism, arguments, codec)
    }

    /// The call of a mechanism, or for mechanism 0 the one from before there were any.
    private static func variant(
        _ name: String, plain: String, _ netuid: Netuid, _ mechanism: UInt8, _ arguments: [ScaleValue.Field],
        _ codec: RuntimeCodec
    ) throws(SubtensorError) -> RuntimeCall {
        let id = ScaleValue.Field("netuid", .number(netuid.rawValue))
        if codec.hasCall(pallet, name) {
            return RuntimeCall(
                pallet: pallet, name: name, arguments: [id, .init("mecid", .number(mechanism))] + arguments)
        }
        guard mechanism == 0 else {
            throw SubtensorError(
                .runtimeLacks, "the runtime has no call \(pallet).\(name) for mechanism \(mechanism)")
        }
        return try existing(RuntimeCall(pallet: pallet, name: plain, arguments: [id] + arguments), codec)
    }
}
