internal import Signing

/// What becomes of a request that its caller named.
public enum IdempotentStart: Sendable, Equatable {
    /// It runs, under this id and with this time of its beginning (unix milliseconds): those of its first attempt, if
    /// that ended with its process. So the ledger has it once.
    case run(requestID: String, startedAt: Int64)
    /// It was answered before, with this.
    case answered([UInt8], requestID: String)
    /// It was answered before, and the answer is not kept because it was too large.
    case unavailable(requestID: String)
    /// It is being answered.
    case inProgress
    /// The name is another request's.
    case mismatch
}

extension Ledger {
    /// Begins a named request. When it runs, ``keep(_:of:requestID:)`` or ``forget(_:requestID:)`` must follow.
    ///
    /// - Parameters:
    ///   - content: what must be the same when the name is.
    ///   - lifetime: after which a request that has not ended is taken for dead with its process.
    /// - Throws: ``MeteringError`` with code `storeUnavailable`: what was done before can't be known then.
    public func begin(
        _ key: IdempotencyKey, content: [UInt8], requestID: String, lifetime: Duration
    ) async throws(MeteringError) -> IdempotentStart {
        let now = configuration.now()
        let new = OutcomeQueries.Row(
            requestHash: Hex.encode(Hash.blake2b256(content)), requestID: requestID, startedAt: now,
            expiresAt: now + lifetime.wholeMilliseconds)
        let replica = directory.replica
        return try await transaction { session in
            guard let found = try OutcomeQueries.begin(key, new, replica: replica, session) else {
                return .run(requestID: requestID, startedAt: now)
            }
            guard found.expiresAt <= now else { return Self.start(found, key, new.requestHash) }
            var next = new
            if found.outcome == nil, found.requestHash == new.requestHash {
                // Its process died, perhaps after it was charged: under the same id it can't be charged twice.
                next.requestID = found.requestID
                next.startedAt = found.startedAt
            }
            try OutcomeQueries.replace(key, next, replica: replica, session)
            return .run(requestID: next.requestID, startedAt: next.startedAt)
        }
    }

    private static func start(
        _ found: OutcomeQueries.Row, _ key: IdempotencyKey, _ requestHash: String
    ) -> IdempotentStart {
        guard found.requestHash == requestHash else { return .mismatch }
        guard let sealed = found.outcome else { return .inProgress }
        guard let outcome = key.open(sealed) else { return .unavailable(requestID: found.requestID) }
        return .answered(outcome, requestID: found.requestID)
    }

    /// Keeps what a named request was answered with, for `idempotency_retention`.
    ///
    /// - Parameter outcome: nil for one that is too large to be kept.
    public func keep(
        _ outcome: [UInt8]?, of key: IdempotencyKey, requestID: String
    ) async throws(MeteringError) {
        let sealed = outcome.map(key.seal) ?? ""
        let expiresAt = configuration.now() + configuration.idempotencyRetention.wholeMilliseconds
        try await transaction { session in
            try OutcomeQueries.finish(key, requestID: requestID, outcome: sealed, expiresAt: expiresAt, session)
        }
    }

    /// Forgets a named request that failed, so that it may be sent again.
    public func forget(_ key: IdempotencyKey, requestID: String) async throws(MeteringError) {
        try await transaction { try OutcomeQueries.forget(key, requestID: requestID, $0) }
    }
}
