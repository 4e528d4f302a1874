internal import Foundation
internal import Logging
public import ServiceLifecycle
internal import Synchronization

extension Ledger: Service {
    /// Uploads usage, follows changes of keys and keeps the leases, until graceful shutdown or cancellation; then uploads
    /// what is left and gives the leases back.
    public func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await self.loop() }
                if let changes = self.store.changes { group.addTask { await self.followLoop(changes) } }
            }
        }
        // Not in this task, which may be cancelled: the last upload must still happen.
        await Task { await shutDown() }.value
    }

    /// Uploads what is there and gives back what is not in use. Requests are refused from here on.
    public func shutDown() async {
        isClosing.store(true, ordering: .relaxed)
        await finish()
    }

    private func loop() async {
        var rounds = Rounds(every: .seconds(20), reapingEvery: .seconds(60))
        var pause = configuration.uploadInterval
        while !Task.isCancelled {
            try? await Task.sleep(for: pause)
            if Task.isCancelled { return }
            let isWell = await tick(&rounds)
            pause = isWell ? configuration.uploadInterval : min(pause * 2, .seconds(2))
        }
    }

    /// Follows changes as soon as the store tells of them; ``loop()`` looks for them too, if less often.
    private func followLoop(_ changes: PostgresChanges) async {
        while !Task.isCancelled {
            do {
                try await changes.wait()
                for (account, ids) in try await followChanges() { await giveBack(ids, of: account) }
            } catch {
                // Said by the other loop, which asks the same store.
                try? await Task.sleep(for: .seconds(1))
            }
        }
    }

    /// One round of the background work.
    ///
    /// - Returns: false when the store is away.
    private func tick(_ rounds: inout Rounds) async -> Bool {
        prepareSpool()
        do {
            if contact.withLock({ $0 == nil }) { try await connect() }
            let recalled = try await followChanges()
            for (account, ids) in recalled { await giveBack(ids, of: account) }
            // Before what may fail: a replica whose usage is refused lives all the same.
            if rounds.isRenewalDue() { try await renew() }
            try await uploadAll()
            try await writeEndings()
            for meter in allMeters where meter.isDoubtful { await reconcile(meter) }
            // A store that refused to be written to is well once it was written to, and not once it was read.
            if health.mustWrite { try await renew(isProof: true) }
            if rounds.isReapingDue() { try await reap() }
            return true
        } catch {
            health.failed((error as? MeteringError)?.cause ?? error, now: configuration.now())
            await synchroniseSpool()
            return false
        }
    }

    private func prepareSpool() {
        do throws(MeteringError) {
            try spool.prepareSpare()
            if !spoolIsHealthy.exchange(true, ordering: .relaxed) { logger.info("The usage spool has room again") }
        } catch {
            guard spoolIsHealthy.exchange(false, ordering: .relaxed) else { return }
            logger.error("The usage spool has no more room", metadata: ["error.cause": "\(error.message)"])
        }
    }

    /// Usage that can't go to the database now should survive a power cut too.
    private func synchroniseSpool() async {
        await withCheckedContinuation { continuation in
            // Blocks for as long as the disk takes, so it is not for the pool that runs tasks.
            DispatchQueue.global(qos: .utility).async { [spool] in
                spool.synchronise()
                continuation.resume()
            }
        }
    }

    // MARK: Parts of a round

    /// Learns of changed keys.
    ///
    /// - Returns: leases, by account, of which other replicas want back what this one does not use.
    func followChanges() async throws -> [String: [LeaseQueries.LeaseID]] {
        guard let known = contact.withLock({ $0?.keyRevision }) else { return [:] }
        let replica = directory.replica
        let (revision, changes, prices, recalled) = try await transaction { session in
            let revision = try KeyQueries.revision(session)
            let isChanged = revision > known
            return (
                revision, isChanged ? try KeyQueries.keys(changedAfter: known, session) : [],
                isChanged ? PriceBook(try PriceBook.read(session)) : nil,
                try LeaseQueries.recalled(from: replica, session)
            )
        }
        guard revision > known else { return recalled }
        cache.apply(changes)
        let now = configuration.now()
        for key in changes { knownMeter(key.account)?.update(key, now: now) }
        // What was read is at least this new; a change that committed while reading is read again.
        contact.withLock { contact in
            contact?.keyRevision = revision
            if let prices { contact?.prices = prices }
        }
        return recalled
    }

    private func uploadAll() async throws {
        while let batch = spool.nextBatch(limit: Self.batchSize) {
            try await upload(batch)
            health.succeeded(now: configuration.now(), hasWritten: true)
        }
    }

    /// Gives back the free parts of leases.
    private func giveBack(_ ids: [LeaseQueries.LeaseID], of account: String) async {
        let replica = directory.replica
        guard let meter = knownMeter(account) else {
            _ = try? await transaction { try LeaseQueries.release(ids, of: account, at: replica, $0) }
            return
        }
        guard meter.beginTurn() else { return }
        let amounts = ids.map { ($0, meter.takeAvailable($0)) }
        do throws(MeteringError) {
            try await transaction(writes: true) { session in
                guard try LeaseQueries.lock(account, session) else { return }
                for (id, amount) in amounts {
                    try LeaseQueries.giveBack(id, amount, of: account, at: replica, session)
                }
            }
        } catch {
            meter.doubt()
        }
        if meter.endTurn() { grow(meter) }
    }

    /// Asks the store what the leases are, after an answer of it was lost.
    private func reconcile(_ meter: AccountMeter) async {
        guard meter.beginTurn() else { return }
        let account = meter.accountID
        let replica = directory.replica
        if let amounts = try? await transaction({ session in
            _ = try LeaseQueries.lock(account, session)
            return try LeaseQueries.amounts(of: account, at: replica, session)
        }) {
            meter.reconcile(amounts)
        }
        if meter.endTurn() { grow(meter) }
    }

    /// - Parameter isProof: whether it shows that the store can be written to, as nothing else is waiting to be.
    private func renew(isProof: Bool = false) async throws {
        let replica = directory.replica
        let expiry = leaseExpiry
        let now = configuration.now()
        let (wasKnown, replicas) = try await transaction(writes: isProof) { session in
            (
                try ReplicaQueries.renew(replica, seenAt: now, until: expiry, session),
                try ReplicaQueries.count(session)
            )
        }
        contact.withLock { $0?.replicas = max(1, replicas) }
        guard !wasKnown else { return }
        logger.warning("Other replicas took this one for dead and took its leases back")
        for meter in allMeters { meter.doubt() }
    }

    /// Takes back the leases of replicas that are gone, and forgets old windows.
    func reap() async throws {
        let now = configuration.now()
        try await transaction { session in
            try LeaseQueries.forgetWindows(LimitKind.allCases, before: now, session)
        }
        try await transaction { try UsagePartitions.prepare(at: now, $0) }
        while try await transaction({ try OutcomeQueries.forgetExpired(at: now, $0) }) {}
        try await forgetUsage(now)
        let expired = try await transaction { try ReplicaQueries.expired(at: now, $0) }
        for replica in expired where replica != directory.replica {
            guard try await transaction({ try ReplicaQueries.remove(replica, expiredAt: now, $0) }) else { continue }
            try await releaseAll(of: replica) { _ in true }
            logger.warning(
                "A replica was silent for its lease's lifetime: its leases were taken back",
                metadata: ["replica.id": "\(replica)"])
        }
        // Requests under way end with their process: their slots need not wait for as long as money must.
        for replica in try await silentReplicas() where replica != directory.replica {
            try await releaseAll(of: replica) { $0.kind == .concurrentRequests }
            try await transaction { try OutcomeQueries.abandon(replica, at: now, $0) }
        }
    }

    /// Replicas that were not heard of for a minute and a half.
    func silentReplicas() async throws -> [String] {
        let sightings = try await transaction { try ReplicaQueries.sightings($0) }
        let now = configuration.now()
        return silence.withLock { $0.silent(sightings, for: Self.slotLifetime, now: now) }
    }

    private static let slotLifetime: Int64 = 90_000

    private func forgetUsage(_ now: Int64) async throws {
        guard let retention = configuration.usageRetention else { return }
        let limit = now - retention.wholeMilliseconds
        let dropped = try await transaction { try UsagePartitions.forget(before: limit, $0) }
        guard !dropped.isEmpty else { return }
        logger.info(
            "Usage older than its retention was dropped",
            metadata: ["usage.dropped": "\(dropped.joined(separator: ", "))"])
    }

    private func releaseAll(
        of replica: String, where isWanted: @escaping @Sendable (LeaseQueries.LeaseID) -> Bool
    ) async throws {
        let leases = try await transaction { try LeaseQueries.leases(of: replica, $0) }
        for (account, ids) in leases.sorted(by: { $0.key < $1.key }) {
            let wanted = ids.filter(isWanted)
            guard !wanted.isEmpty else { continue }
            try await transaction { try LeaseQueries.release(wanted, of: account, at: replica, $0) }
        }
    }

    // MARK: The end

    private func finish() async {
        guard contact.withLock({ $0 != nil }) else { return }
        do {
            try await uploadAll()
            try await writeEndings()
            for meter in allMeters { await giveBack(meter.freeLeases, of: meter.accountID) }
        } catch {
            logger.warning(
                "Usage could not all be uploaded before the end: it stays in the spool for the next start",
                metadata: ["error.cause": "\(error)"])
        }
    }
}

/// What is done every so often.
private struct Rounds {
    private let renewal: Duration
    private let reaping: Duration
    private var nextRenewal: ContinuousClock.Instant
    private var nextReaping: ContinuousClock.Instant

    init(every renewal: Duration, reapingEvery reaping: Duration) {
        self.renewal = renewal
        self.reaping = reaping
        nextRenewal = .now
        nextReaping = .now
    }

    mutating func isRenewalDue() -> Bool {
        guard ContinuousClock.now >= nextRenewal else { return false }
        nextRenewal = .now.advanced(by: renewal)
        return true
    }

    mutating func isReapingDue() -> Bool {
        guard ContinuousClock.now >= nextReaping else { return false }
        nextReaping = .now.advanced(by: reaping)
        return true
    }
}
