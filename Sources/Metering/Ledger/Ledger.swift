public import Logging
internal import Synchronization

/// What every request asks: whose key is this, may it spend that much, and what did it cost.
///
/// Answers come from leases and caches in memory; the store is asked only to fill those, and learns of usage in batches
/// from a spool on disk. ``run()`` must be running for that: it uploads, follows changes of keys and keeps the leases.
public final class Ledger: Sendable {
    /// What is known once the store has been reached.
    struct Contact {
        var pepper: [UInt8]
        var keyRevision: Int64
        var replicas: Int64
        var prices: PriceBook
    }

    let configuration: MeteringConfiguration
    let store: any MeteringStore
    /// For what callers ask about themselves: on connections of its own, so that no admission waits for a long answer.
    let questions: any MeteringStore
    let directory: StateDirectory
    let spool: Spool
    let health: StoreHealth
    let logger: Logger
    let cache: KeyCache
    /// Nil until the store was reached and what an earlier process left was settled there.
    let contact = Mutex<Contact?>(nil)
    private let meters = Mutex<[String: AccountMeter]>([:])
    /// Of named requests, while the store is away.
    let endings = Mutex(PendingEndings())
    let silence = Mutex(ReplicaSilence())
    let spoolIsHealthy = Atomic(true)
    let isClosing = Atomic(false)

    private init(
        _ configuration: MeteringConfiguration, store: any MeteringStore, questions: any MeteringStore,
        directory: StateDirectory, spool: Spool, logger: Logger
    ) {
        self.configuration = configuration
        self.store = store
        self.questions = questions
        self.directory = directory
        self.spool = spool
        self.logger = logger
        health = StoreHealth(logger: logger, now: configuration.now())
        cache = KeyCache(capacity: configuration.cachedKeys)
    }

    /// Opens the state directory and the store, and uploads what an earlier process left.
    ///
    /// A database that is away does not stop the start: the ledger comes back not ready, and ``run()`` goes on trying.
    ///
    /// - Throws: ``MeteringError`` with codes `stateDirectoryInUse`, `stateDirectoryUnusable`, `spoolFull`,
    ///   `schemaTooNew`, `storeRefused`.
    public static func open(_ configuration: MeteringConfiguration, logger: Logger) async throws -> Ledger {
        let directory = try StateDirectory(configuration.stateDirectory)
        let spool = try Spool(
            directory: directory.path, segmentBytes: configuration.segmentBytes,
            maximumBytes: configuration.maximumSpoolBytes)
        if spool.damagedRecords > 0 {
            logger.error(
                "Usage of an earlier run can't be read back from the spool",
                metadata: ["usage.damaged_records": "\(spool.damagedRecords)"])
        }
        let store: any MeteringStore
        let questions: any MeteringStore
        do {
            store = try Stores.open(configuration)
            questions = try Stores.openForQuestions(configuration) ?? store
        } catch {
            throw MeteringError(storing: error)
        }
        let ledger = Ledger(
            configuration, store: store, questions: questions, directory: directory, spool: spool, logger: logger)
        try spool.prepareSpare()
        do {
            try await ledger.connect()
        } catch let error as StoreError where error.kind == .unavailable {
            // Said by `health`; `run()` goes on.
        } catch {
            throw MeteringError(storing: error)
        }
        return ledger
    }

    /// The store answers, the past is settled, and there is room for usage.
    public var isReady: Bool {
        health.isAvailable && contact.withLock { $0 != nil } && spoolIsHealthy.load(ordering: .relaxed)
            && !isClosing.load(ordering: .relaxed)
    }

    // MARK: Keys

    /// The key that a secret stands for.
    ///
    /// - Throws: ``MeteringError`` with codes `malformedKey`, `unknownKey`, `keyExpired`, `keyRevoked`, and
    ///   `storeUnavailable` for a key this replica does not know while the store is away.
    public func key(for secret: String) async throws(MeteringError) -> APIKey {
        guard KeySecret.isWellFormed(secret) else { throw .malformedKey }
        guard let pepper = contact.withLock({ $0?.pepper }) else { throw .storeUnavailable() }
        let hash = SecretHash(of: secret, pepper: pepper)
        while true {
            let now = configuration.now()
            switch cache.find(hash, now: now) {
            case .known(let known): return try check(known, now: now)
            case .unknown: throw .unknownKey
            case .missing(let generation):
                guard health.isAvailable else { throw .storeUnavailable() }
                let found = try await transaction { session in
                    try KeyQueries.key(hash: hash, session).map {
                        KeyCache.Known(key: $0.key, secretExpiresAt: $0.secretExpiresAt)
                    }
                }
                guard cache.insert(found, for: hash, generation: generation, now: now) else { continue }
                guard let found else { throw .unknownKey }
                return try check(found, now: now)
            }
        }
    }

    private func check(_ known: KeyCache.Known, now: Int64) throws(MeteringError) -> APIKey {
        if known.key.revokedAt != nil { throw .keyRevoked }
        if let expiry = known.key.expiresAt, now >= expiry { throw .keyExpired }
        // A secret that was rotated away is worth no more than one that never was.
        if let expiry = known.secretExpiresAt, now >= expiry { throw .unknownKey }
        // A key that was revoked during a long outage would work on: known keys work for so long and no longer.
        if !health.isAvailable, now - health.lastSeen > configuration.outageGrace.wholeMilliseconds {
            throw .storeUnavailable()
        }
        return known.key
    }

    // MARK: Prices

    /// What a model costs now, as ``Administration`` has set it; nil where it has not.
    public func price(of model: String) -> Price? {
        let now = configuration.now()
        return contact.withLock { $0?.prices.price(of: model, at: now) }
    }

    // MARK: Holds

    /// Admits a request by every limit of its key and of its account: counts it and claims the most it can take.
    ///
    /// Does not suspend while this replica's leases cover it.
    ///
    /// - Parameters:
    ///   - tokens: of prompt and answer, at most.
    ///   - requestID: unique for all time, 1 to 128 bytes: it becomes the ledger row's id.
    /// - Throws: ``MeteringError`` with codes `rateLimited` (with `retryAfter`), `budgetExhausted`, `amountOutOfRange`,
    ///   `storeUnavailable`, `spoolFull`.
    public func hold(
        _ amount: MicroUnits, tokens: Int = 0, for key: APIKey, requestID: String
    ) async throws(MeteringError) -> Hold {
        guard amount.isChargeable else { throw .amountOutOfRange }
        guard (1...SpoolRecord.requestIDBytes).contains(requestID.utf8.count), !requestID.utf8.contains(0) else {
            throw MeteringError(.invalidRequest, source: .gateway, message: "a request id has 1 to 128 bytes")
        }
        try spool.reserve()
        let demand = Demand(tokens: Int64(min(max(0, tokens), 1 << 40)), money: amount.rawValue)
        let meter = meter(of: key.account)
        let answer: AccountMeter.Answer
        switch meter.admit(demand, by: key, situation) {
        case .admitted(let admitted): answer = .success(admitted)
        case .refused(let error): answer = .failure(error)
        case .short: answer = await meter.wait(for: demand, by: key) { grow(meter) }
        }
        switch answer {
        case .success(let admitted):
            return Hold(
                requestID: requestID, key: key, demand: demand, admitted: admitted, meter: meter, spool: spool)
        case .failure(let error):
            spool.cancelReservation()
            throw error
        }
    }

    var situation: Situation {
        let replicas = contact.withLock { $0?.replicas }
        return Situation(
            now: configuration.now(),
            isStoreAvailable: replicas != nil && health.isAvailable && !isClosing.load(ordering: .relaxed),
            replicas: replicas ?? 1)
    }

    private func meter(of account: String) -> AccountMeter {
        meters.withLock { meters in
            if let meter = meters[account] { return meter }
            let meter = AccountMeter(account)
            meters[account] = meter
            return meter
        }
    }

    func knownMeter(_ account: String) -> AccountMeter? { meters.withLock { $0[account] } }
    var allMeters: [AccountMeter] { meters.withLock { Array($0.values) } }

    /// Grows leases until nobody waits for them. The caller has the meter's turn.
    func grow(_ meter: AccountMeter) {
        // A task of its own: several requests wait for it, and none of them may cancel it for the others. It ends with
        // the transaction's own deadline.
        Task { [self] in
            while let request = meter.nextRequest(replica: directory.replica, situation) {
                do throws(MeteringError) {
                    let grants = try await transaction(writes: true) { try request.run($0) }
                    meter.granted(grants, for: request, situation)
                } catch {
                    meter.failed(error, situation)
                }
            }
        }
    }

    // MARK: Store

    /// Runs a transaction and notes how the store is.
    ///
    /// - Parameter writes: whether its success shows that the store can be written to.
    func transaction<R: Sendable>(
        writes: Bool = false, _ body: @escaping @Sendable (any SQLSession) throws -> R
    ) async throws(MeteringError) -> R {
        do {
            let result = try await store.transaction(body)
            health.succeeded(now: configuration.now(), hasWritten: writes)
            return result
        } catch {
            health.failed(error, now: configuration.now())
            throw MeteringError(storing: error)
        }
    }
}

extension Duration {
    var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        return max(-1 << 40, min(seconds, 1 << 40)) * 1_000 + attoseconds / 1_000_000_000_000_000
    }
}
