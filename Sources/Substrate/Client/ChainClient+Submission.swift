internal import JSON
public import Signing

/// An extrinsic in a finalized block that did what it should.
public struct FinalizedExtrinsic: Hashable, Sendable {
    public let blockHash: BlockHash
    public let extrinsicHash: BlockHash
    /// The extrinsic's position in its block.
    public let index: UInt32
    /// What it caused, in order.
    public let events: [EventRecord]
}

extension ChainClient {
    /// Signs a call, submits it and follows it into a finalized block.
    ///
    /// The nonce is the node's next for the signer, pool included; submissions of one signer take turns until the
    /// pool has them.
    ///
    /// - Parameters:
    ///   - period: blocks for which the extrinsic may be included.
    ///   - tip: in rao.
    /// - Throws: ``SubstrateError``: `invalidTransaction` or `poolRefused` where the node does not take it,
    ///   `extrinsicDropped` where it does not stay, `dispatchFailed` with the runtime's error where it fails in its
    ///   block, `deadlineExceeded` or `clientClosed` where the outcome is not known.
    public func submitAndWatch(
        _ call: RuntimeCall, by signer: SR25519KeyPair, period: UInt64 = 128, tip: UInt64 = 0
    ) async throws -> FinalizedExtrinsic {
        let name = "\(call.pallet).\(call.name)"
        let submission = try await submissions.withTurn(of: signer.accountID) {
            try await self.onSession(name, isRepeatable: false) { session in
                try await self.submit(call, by: signer, period: period, tip: tip, on: session)
            }
        }
        let timeout = configuration.finalityTimeout
        return try await withDeadline(timeout, expiry: { self.unfinalized(name, submission.endpoint) }) {
            do {
                return try await self.outcome(of: submission.extrinsic, in: try await self.finalizedBlock(submission))
            } catch let error as SubstrateError {
                throw error.at(endpoint: submission.endpoint, call: name)
            }
        }
    }

    /// An extrinsic that a node's pool has taken.
    private struct Submission {
        let extrinsic: EncodedExtrinsic
        let subscription: RPCSubscription
        let endpoint: String
        /// The best block before it was submitted.
        let head: UInt64
        /// The first block that can no longer hold it.
        let death: UInt64
    }

    private func submit(
        _ call: RuntimeCall, by signer: SR25519KeyPair, period: UInt64, tip: UInt64, on session: Session
    ) async throws -> Submission {
        let connection = session.connection
        let runtime = session.runtime
        let encoded = try runtime.codec.encode(call)
        async let nonceAnswer = connection.call("account_nextIndex", [.string(signer.accountID.ss58)])
        let head = try BlockHeader(try await connection.call("chain_getHeader", []))
        let era = Era(period: period, current: head.number)
        let birth = try await connection.call("chain_getBlockHash", [.uint(era.birth(current: head.number))])
        guard let birthHash = birth.string.flatMap(BlockHash.init(hex:)) else {
            throw SubstrateError(.malformedResponse, "the node has no hash for a recent block")
                .at(endpoint: connection.endpoint, call: "chain_getBlockHash")
        }
        guard let nonce = try await nonceAnswer.uint64.flatMap(UInt32.init(exactly:)) else {
            throw SubstrateError(.malformedResponse, "the node's answer is not a nonce")
                .at(endpoint: connection.endpoint, call: "account_nextIndex")
        }
        let parameters = ExtrinsicParameters(era: era, eraBlockHash: birthHash.bytes, nonce: nonce, tip: tip)
        let extrinsic = try runtime.codec.sign(call: encoded, parameters, on: runtime.identity, by: signer)
        do {
            let subscription = try await connection.subscribe(
                "author_submitAndWatchExtrinsic", [.hex(extrinsic.bytes)], unsubscribe: "author_unwatchExtrinsic")
            return Submission(
                extrinsic: extrinsic, subscription: subscription, endpoint: connection.endpoint, head: head.number,
                death: era.death(current: head.number))
        } catch let error as SubstrateError {
            throw named(error).at(endpoint: connection.endpoint, call: "\(call.pallet).\(call.name)")
        }
    }

    /// The error with the chain's own name for a custom transaction error.
    private func named(_ error: SubstrateError) -> SubstrateError {
        guard let failure = error.failure, failure.name.hasPrefix("Custom("),
            let number = UInt8(failure.name.dropFirst(7).dropLast()), let known = configuration.customErrors[number]
        else { return error }
        return SubstrateError(
            error.code, "the runtime refused the extrinsic: \(known.name) (\(known.meaning))", cause: error.cause,
            rpcCode: error.rpcCode,
            failure: DispatchFailure(pallet: nil, name: known.name, documentation: known.meaning))
    }

    /// The finalized block that holds the extrinsic: by the pool's word, or, where the connection broke meanwhile,
    /// by looking through the blocks that could.
    private func finalizedBlock(_ submission: Submission) async throws -> BlockHash {
        do {
            return try await Self.finalizedBlock(submission.subscription)
        } catch let error as SubstrateError where error.code == .connectionClosed || error.endedConnection {
            return try await search(for: submission)
        }
    }

    private func search(for submission: Submission) async throws -> BlockHash {
        var next = submission.head
        for try await finalized in heads(finalized: true) {
            while next <= finalized.number, next < submission.death {
                let hash = try await blockHash(next)
                if let hash, try await position(of: submission.extrinsic, in: hash) != nil { return hash }
                next += 1
            }
            if finalized.number >= submission.death { break }
        }
        throw SubstrateError(
            .extrinsicDropped, "the extrinsic was not in a block before its era ended", isRetryable: true)
    }

    private func position(of extrinsic: EncodedExtrinsic, in block: BlockHash) async throws -> UInt32? {
        let answer = try await call("chain_getBlock", [.at(block)])
        return answer["block"]?["extrinsics"]?.elements.firstIndex { item in
            (try? item.scaleBytes("chain_getBlock")) == extrinsic.bytes
        }
    }

    /// Follows the pool's word until a finalized block holds the extrinsic.
    ///
    /// - Source: `sc-transaction-pool-api`, `TransactionStatus`.
    private static func finalizedBlock(_ subscription: RPCSubscription) async throws -> BlockHash {
        for try await status in subscription.notifications {
            if let hash = status["finalized"]?.string.flatMap(BlockHash.init(hex:)) { return hash }
            let loss: String? =
                if status.isString("dropped") { "the pool was full" } else if status.isString("invalid") {
                    "it became invalid"
                } else if status["usurped"] != nil {
                    "another extrinsic with its nonce took its place"
                } else if status["finalityTimeout"] != nil { "its block was not finalized in time" } else { nil }
            if let loss {
                throw SubstrateError(
                    .extrinsicDropped, "the node's pool let the extrinsic go: \(loss)", isRetryable: true)
            }
        }
        throw SubstrateError(
            .connectionClosed, "the node stopped reporting on the extrinsic", isRetryable: true)
    }

    /// What became of an extrinsic in a block, from the block's events.
    private func outcome(of extrinsic: EncodedExtrinsic, in block: BlockHash) async throws -> FinalizedExtrinsic {
        guard let index = try await position(of: extrinsic, in: block), let hash = BlockHash(bytes: extrinsic.hash)
        else {
            throw SubstrateError(.malformedResponse, "the extrinsic is not in block \(block)").at(
                call: "chain_getBlock")
        }
        let codec = try await runtime().codec
        let stored = try await call(
            "state_getStorageAt", [.hex(try codec.storageKey("System", "Events")), .at(block)])
        let all = try codec.decodeEvents(stored.isNull ? nil : try stored.scaleBytes("state_getStorageAt"))
        let events = all.filter { $0.extrinsicIndex == index }
        if let failed = events.first(where: { $0.pallet == "System" && $0.name == "ExtrinsicFailed" }) {
            let failure = codec.dispatchFailure(failed["dispatch_error"] ?? .null)
            let name = [failure.pallet, failure.name].compactMap(\.self).joined(separator: ".")
            let documentation = failure.documentation.isEmpty ? "" : " (\(failure.documentation))"
            throw SubstrateError(
                .dispatchFailed, "the extrinsic failed in block \(block): \(name)\(documentation)", failure: failure)
        }
        guard events.contains(where: { $0.pallet == "System" && $0.name == "ExtrinsicSuccess" }) else {
            throw SubstrateError(.malformedResponse, "block \(block) says nothing of the extrinsic's outcome")
        }
        return FinalizedExtrinsic(
            blockHash: block, extrinsicHash: hash, index: index, events: events)
    }

    private func unfinalized(_ call: String, _ endpoint: String) -> SubstrateError {
        SubstrateError(
            .deadlineExceeded, "the extrinsic was not in a finalized block in time; its outcome is not known",
            isRetryable: true
        ).at(endpoint: endpoint, call: call)
    }
}

extension Sequence {
    /// The position of the first element that satisfies the condition.
    fileprivate func firstIndex(where condition: (Element) -> Bool) -> UInt32? {
        var index: UInt32 = 0
        for element in self {
            if condition(element) { return index }
            index += 1
        }
        return nil
    }
}
