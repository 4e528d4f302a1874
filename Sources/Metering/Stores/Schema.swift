/// The tables, as a list of migrations that is only ever appended to. Both stores run the same text.
///
/// Amounts are micro-units, times unix milliseconds. Checks are the last line: the ledger's own order of work keeps
/// `spent + leased <= ceiling` before the database has to.
enum Schema {
    static var version: Int64 { Int64(migrations.count) }

    /// `migrations[n]` leads from version n to n + 1.
    static let migrations: [[String]] = [
        [
            "CREATE TABLE settings (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL)",
            "CREATE TABLE revisions (name TEXT NOT NULL PRIMARY KEY, value BIGINT NOT NULL)",
            "INSERT INTO revisions (name, value) VALUES ('keys', 0)",
            "CREATE TABLE accounts (id TEXT NOT NULL PRIMARY KEY, created_at BIGINT NOT NULL)",
            """
            CREATE TABLE api_keys (
                id TEXT NOT NULL PRIMARY KEY,
                account_id TEXT NOT NULL REFERENCES accounts (id),
                name TEXT NOT NULL,
                secret_hash TEXT NOT NULL UNIQUE,
                last_four TEXT NOT NULL,
                requests_per_minute BIGINT CHECK (requests_per_minute >= 0),
                created_at BIGINT NOT NULL,
                expires_at BIGINT,
                revoked_at BIGINT,
                revision BIGINT NOT NULL)
            """,
            "CREATE INDEX api_keys_by_revision ON api_keys (revision)",
            "CREATE INDEX api_keys_by_account ON api_keys (account_id)",
            """
            CREATE TABLE budgets (
                key_id TEXT NOT NULL PRIMARY KEY REFERENCES api_keys (id),
                ceiling BIGINT CHECK (ceiling >= 0),
                spent BIGINT NOT NULL CHECK (spent >= 0),
                leased BIGINT NOT NULL CHECK (leased >= 0),
                recalls BIGINT NOT NULL,
                CHECK (ceiling IS NULL OR spent + leased <= ceiling))
            """,
            "CREATE TABLE replicas (id TEXT NOT NULL PRIMARY KEY, expires_at BIGINT NOT NULL)",
            """
            CREATE TABLE budget_leases (
                key_id TEXT NOT NULL REFERENCES budgets (key_id),
                replica_id TEXT NOT NULL,
                amount BIGINT NOT NULL CHECK (amount >= 0),
                recalls BIGINT NOT NULL,
                PRIMARY KEY (key_id, replica_id))
            """,
            "CREATE INDEX budget_leases_by_replica ON budget_leases (replica_id)",
            """
            CREATE TABLE rate_windows (
                key_id TEXT NOT NULL,
                minute BIGINT NOT NULL,
                granted BIGINT NOT NULL CHECK (granted >= 0),
                PRIMARY KEY (key_id, minute))
            """,
            "CREATE INDEX rate_windows_by_minute ON rate_windows (minute)",
            // No references from here on: the ledger outlives what it tells of, and an upload never fails for it.
            """
            CREATE TABLE usage_ledger (
                request_id TEXT NOT NULL PRIMARY KEY,
                account_id TEXT NOT NULL,
                key_id TEXT NOT NULL,
                model TEXT NOT NULL,
                netuid BIGINT NOT NULL,
                endpoint TEXT NOT NULL,
                prompt_tokens BIGINT NOT NULL CHECK (prompt_tokens >= 0),
                completion_tokens BIGINT NOT NULL CHECK (completion_tokens >= 0),
                price BIGINT NOT NULL CHECK (price >= 0),
                waived BIGINT NOT NULL CHECK (waived >= 0),
                status BIGINT NOT NULL,
                is_stream BIGINT NOT NULL,
                miner_hotkey TEXT,
                started_at BIGINT NOT NULL,
                finished_at BIGINT NOT NULL)
            """,
            "CREATE INDEX usage_ledger_by_account ON usage_ledger (account_id, started_at)",
            "CREATE INDEX usage_ledger_by_key ON usage_ledger (key_id, started_at)",
        ]
    ]
}

/// Brings a store to this binary's schema.
struct Migrator {
    /// - Returns: the versions that were applied; empty when there was nothing to do.
    /// - Throws: ``MeteringError`` with code `schemaTooNew` when a newer Thalamus has migrated the store.
    static func migrate(_ store: any MeteringStore, now: Int64) async throws -> [Int64] {
        try await store.transaction { session in
            let current = try version(session)
            guard current < Schema.version else { return [] }
            try session.lockForMigration()
            return try apply(to: session, now: now)
        }
    }

    private static func version(_ session: any SQLSession) throws -> Int64 {
        guard try session.hasTable("schema_version") else { return 0 }
        let rows = try session.execute("SELECT COALESCE(MAX(version), 0) AS version FROM schema_version")
        let version = try rows.first?.integer("version") ?? 0
        guard version <= Schema.version else {
            throw MeteringError(
                .schemaTooNew, source: .gateway,
                message: "the database has schema version \(version) and this binary knows \(Schema.version): "
                    + "run a newer thalamus, or restore the database from before its migration")
        }
        return version
    }

    private static func apply(to session: any SQLSession, now: Int64) throws -> [Int64] {
        // Read again: another process may have migrated while this one waited for the lock.
        let start = try version(session)
        if start == 0 {
            try session.execute(
                "CREATE TABLE schema_version (version BIGINT NOT NULL PRIMARY KEY, applied_at BIGINT NOT NULL)")
        }
        var applied: [Int64] = []
        for (index, statements) in Schema.migrations.enumerated() where Int64(index) >= start {
            for statement in statements { try session.execute(statement) }
            let version = Int64(index) + 1
            try session.execute(
                "INSERT INTO schema_version (version, applied_at) VALUES ($1, $2)", [.integer(version), .integer(now)])
            applied.append(version)
        }
        return applied
    }
}
