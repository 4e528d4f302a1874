internal import Logging
internal import Synchronization

/// What becomes of a request that its caller named.
public enum IdempotentStart: Sendable, Equatable {
    /// It runs, under this id and with this time of its beginning (unix milliseconds): those of its first attempt, if
    /// that ended with its process. So the ledger has it once.
    case run(requestID: String, startedAt: Int64)
    /// It was answered before, with this.
    case answered([UInt8], requestID: String)
    /// It was answered before, and the answer can't be had: it was too large to be kept, or was given to a secret that
    /// was rotated away.
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
        // What was done before can't be known, and nothing is begun that would have to be ended later.
        guard health.isAvailable else { throw .storeUnavailable() }
        let now = configuration.now()
        let new = OutcomeQueries.Row(
            requestHash: key.contentHash(content), requestID: requestID, startedAt: now,
            expiresAt: now + lifetime.wholeMilliseconds)
        let replica = directory.replica
        do throws(MeteringError) {
            return try await begin(key, new, replica: replica)
        } catch {
            // It may have begun all the same, and then nobody would end it.
            if error.code == .storeUnavailable { endings.withLock { $0.add(.init(key: key, requestID: requestID)) } }
            throw error
        }
    }

    private func begin(
        _ key: IdempotencyKey, _ new: OutcomeQueries.Row, replica: String
    ) async throws(MeteringError) -> IdempotentStart {
        let now = new.startedAt
        return try await transaction(writes: true) { session in
            guard let found = try OutcomeQueries.begin(key, new, replica: replica, session) else {
                return .run(requestID: new.requestID, startedAt: now)
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
    public func keep(_ outcome: [UInt8]?, of key: IdempotencyKey, requestID: String) async {
        let expiresAt = configuration.now() + configuration.idempotencyRetention.wholeMilliseconds
        await end(.init(key: key, requestID: requestID, outcome: outcome.map(key.seal) ?? "", expiresAt: expiresAt))
    }

    /// Forgets a named request that failed, so that it may be sent again.
    public func forget(_ key: IdempotencyKey, requestID: String) async {
        await end(.init(key: key, requestID: requestID))
    }

    // MARK: Ends that wait

    /// Until it is written, another attempt is told that the request is under way: where the store is away it is written
    /// once it is back. An end that is lost with the process is found by the next start.
    private func end(_ ending: PendingEndings.Ending) async {
        do throws(MeteringError) { try await write([ending]) } catch {
            endings.withLock { $0.add(ending) }
            logger.warning(
                "A named request's end waits for the database",
                metadata: ["request.id": "\(ending.requestID)", "error.cause": "\(error)"])
        }
    }

    private func write(_ endings: [PendingEndings.Ending]) async throws(MeteringError) {
        let replica = directory.replica
        try await transaction(writes: true) { session in
            for ending in endings {
                guard let outcome = ending.outcome else {
                    try OutcomeQueries.forget(ending.key, requestID: ending.requestID, replica: replica, session)
                    continue
                }
                try OutcomeQueries.finish(
                    ending.key, requestID: ending.requestID, replica: replica, outcome: outcome,
                    expiresAt: ending.expiresAt, session)
            }
        }
    }

    /// Writes the ends that had to wait.
    func writeEndings() async throws(MeteringError) {
        while true {
            let batch = endings.withLock { $0.first(64) }
            guard !batch.isEmpty else { return }
            do throws(MeteringError) { try await write(batch) } catch {
                // What the store refuses must not hold up the rest of a round.
                guard error.code != .storeUnavailable else { throw error }
            }
            endings.withLock { $0.removeFirst(batch.count) }
        }
    }
}

/// Ends of named requests that the store could not take yet, within bounds.
struct PendingEndings {
    struct Ending: Sendable {
        let key: IdempotencyKey
        let requestID: String
        /// Sealed; nil forgets the request.
        var outcome: String?
        var expiresAt: Int64 = 0
    }

    private static let maximumCount = 65_536
    private static let maximumBytes = 32 << 20

    private var endings: [Ending] = []
    private var bytes = 0

    func first(_ count: Int) -> [Ending] { Array(endings.prefix(count)) }

    /// Beyond the bounds an answer is not kept, as if it were too large, and then an end not at all: its request counts as
    /// under way until its time is over.
    mutating func add(_ ending: Ending) {
        guard endings.count < Self.maximumCount else { return }
        var ending = ending
        let size = ending.outcome?.utf8.count ?? 0
        if size > Self.maximumBytes - bytes { ending.outcome = "" } else { bytes += size }
        endings.append(ending)
    }

    mutating func removeFirst(_ count: Int) {
        for ending in endings.prefix(count) { bytes -= ending.outcome?.utf8.count ?? 0 }
        endings.removeFirst(min(count, endings.count))
    }
}
