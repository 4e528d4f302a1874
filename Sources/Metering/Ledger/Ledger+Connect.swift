internal import Synchronization

extension Ledger {
    /// Reaches the store for the first time: migrates, uploads what an earlier process left, and only then gives back
    /// the leases that covered it.
    ///
    /// No lease is taken before this is done, so all that the store knows of this replica is the past's.
    func connect() async throws {
        do {
            let started = configuration.now()
            _ = try await Migrator.migrate(store, now: started)
            try await store.transaction { try UsagePartitions.prepare(at: started, $0) }
            let pepper = try await store.transaction { try KeyQueries.pepper($0) }
            while spool.hasRecovered, let batch = spool.nextBatch(limit: Self.batchSize) { try await upload(batch) }
            try await releaseLeases()
            try await store.transaction { [directory] in
                try OutcomeQueries.abandon(directory.replica, at: started, $0)
            }
            let expiry = leaseExpiry
            let now = configuration.now()
            let replica = directory.replica
            let first = try await store.transaction { session in
                _ = try ReplicaQueries.renew(replica, seenAt: now, until: expiry, session)
                // The revision first: what changes meanwhile is read again.
                return Contact(
                    pepper: pepper, keyRevision: try KeyQueries.revision(session),
                    replicas: try ReplicaQueries.count(session), prices: PriceBook(try PriceBook.read(session)))
            }
            health.succeeded(now: configuration.now(), hasWritten: true)
            contact.withLock { $0 = first }
            // From now on.
            _ = try await silentReplicas()
        } catch {
            health.failed(error, now: configuration.now())
            throw error
        }
    }

    /// Gives back every lease of this replica, as no request is open.
    private func releaseLeases() async throws {
        let replica = directory.replica
        let leases = try await store.transaction { try LeaseQueries.leases(of: replica, $0) }
        for (account, ids) in leases.sorted(by: { $0.key < $1.key }) {
            try await store.transaction { try LeaseQueries.release(ids, of: account, at: replica, $0) }
        }
    }

    var leaseExpiry: Int64 { configuration.now() + configuration.leaseLifetime.wholeMilliseconds }

    static var batchSize: Int { 4_096 }

    /// Uploads one batch and moves what it cost out of this process's leases.
    func upload(_ batch: Spool.Batch) async throws {
        let upload = UsageUpload(records: batch.records, replica: directory.replica)
        let inserted = try await store.transaction { try upload.run($0) }
        spool.uploaded(batch)
        guard !batch.segment.isRecovered else { return }
        for (account, records) in Dictionary(grouping: batch.records, by: \.entry.account) {
            guard let meter = knownMeter(account) else { continue }
            meter.uploaded(records)
            // Rows that were there before: sent again after a lost answer, or a request id used twice.
            if inserted < batch.records.count { meter.doubt() }
        }
    }
}
