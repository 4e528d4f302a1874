internal import Foundation
internal import Logging
public import ServiceLifecycle
internal import Synchronization

extension Ledger: Service {
    /// Uploads usage, follows changes of keys and keeps the leases, until graceful shutdown or cancellation; then uploads
    /// what is left and gives the leases back.
    public func run() async throws {
        await cancelWhenGracefulShutdown { await self.loop() }
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

    /// One round of the background work.
    ///
    /// - Returns: false when the store is away.
    private func tick(_ rounds: inout Rounds) async -> Bool {
        prepareSpool()
        do {
            if contact.withLock({ $0 == nil }) { try await connect() }
            let recalled = try await followChanges()
            for keyID in recalled { await giveBack(keyID) }
            try await uploadAll()
            for meter in allMeters where meter.isDoubtful { await reconcile(meter) }
            if rounds.isRenewalDue() { try await renew() }
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
    /// - Returns: keys of which other replicas want back what this one does not use.
    private func followChanges() async throws -> [String] {
        guard let known = contact.withLock({ $0?.keyRevision }) else { return [] }
        let replica = directory.replica
        let (revision, changes, recalled) = try await transaction { session in
            let revision = try KeyQueries.revision(session)
            let changes = revision > known ? try KeyQueries.keys(changedAfter: known, session) : []
            return (revision, changes, try LeaseQueries.recalled(from: replica, session))
        }
        guard revision > known else { return recalled }
        cache.apply(changes)
        for key in changes { knownMeter(key.id)?.update(key) }
        // What was read is at least this new; a change that committed while reading is read again.
        contact.withLock { $0?.keyRevision = revision }
        return recalled
    }

    private func uploadAll() async throws {
        while let batch = spool.nextBatch(limit: Self.batchSize) {
            try await upload(batch)
            health.succeeded(now: configuration.now())
        }
    }

    /// Gives back the free part of a lease.
    private func giveBack(_ keyID: String) async {
        let replica = directory.replica
        guard let meter = knownMeter(keyID) else {
            _ = try? await transaction { try LeaseQueries.release(keyID, of: replica, $0) }
            return
        }
        guard meter.beginTurn() else { return }
        let amount = meter.takeAvailable()
        do throws(MeteringError) {
            try await transaction { session in
                guard let budget = try LeaseQueries.lockBudget(keyID, session) else { return }
                try LeaseQueries.extend(keyID, of: replica, by: -amount, recalls: budget.recalls, session)
            }
        } catch {
            meter.doubt()
        }
        if meter.endTurn() { grow(meter) }
    }

    /// Asks the store what a lease is, after an answer of it was lost.
    private func reconcile(_ meter: KeyMeter) async {
        guard meter.beginTurn() else { return }
        let keyID = meter.keyID
        let replica = directory.replica
        if let amount = try? await transaction({ session in
            _ = try LeaseQueries.lockBudget(keyID, session)
            return try LeaseQueries.lease(keyID, of: replica, session)
        }) {
            meter.reconcile(amount)
        }
        if meter.endTurn() { grow(meter) }
    }

    private func renew() async throws {
        let replica = directory.replica
        let expiry = leaseExpiry
        let (wasKnown, replicas) = try await transaction { session in
            (try LeaseQueries.renew(replica, until: expiry, session), try LeaseQueries.replicaCount(session))
        }
        contact.withLock { $0?.replicas = max(1, replicas) }
        guard !wasKnown else { return }
        logger.warning("Other replicas took this one for dead and took its leases back")
        for meter in allMeters { meter.doubt() }
    }

    /// Takes back the leases of replicas that are gone, and old windows.
    private func reap() async throws {
        let now = configuration.now()
        try await transaction { try LeaseQueries.forgetWindows(before: now / 60_000 - 10, $0) }
        let expired = try await transaction { try LeaseQueries.expiredReplicas(at: now, $0) }
        for replica in expired where replica != directory.replica {
            let keys = try await transaction { session -> [String] in
                guard try LeaseQueries.remove(replica, expiredAt: now, session) else { return [] }
                let keys = try LeaseQueries.leasedKeys(of: replica, session)
                for key in keys { try LeaseQueries.release(key, of: replica, session) }
                return keys
            }
            logger.warning(
                "A replica was silent for its lease's lifetime: its leases were taken back",
                metadata: ["replica.id": "\(replica)", "replica.keys": "\(keys.count)"])
        }
    }

    // MARK: The end

    private func finish() async {
        guard contact.withLock({ $0 != nil }) else { return }
        do {
            try await uploadAll()
            for meter in allMeters where meter.hasOnlyFree { await giveBack(meter.keyID) }
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
