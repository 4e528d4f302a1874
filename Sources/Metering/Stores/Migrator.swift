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

    /// The versions that ``migrate(_:now:)`` would apply, with their statements; nothing is changed.
    static func pending(_ store: any MeteringStore) async throws -> [(version: Int64, statements: [String])] {
        try await store.transaction { session in
            let current = try version(session)
            return Schema.migrations.enumerated().dropFirst(Int(clamping: current)).map { index, statements in
                (Int64(index) + 1, statements.compactMap { $0.text(for: session.dialect) })
            }
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
            for statement in statements {
                guard let text = statement.text(for: session.dialect) else { continue }
                try session.execute(text)
            }
            let version = Int64(index) + 1
            try session.execute(
                "INSERT INTO schema_version (version, applied_at) VALUES ($1, $2)", [.integer(version), .integer(now)])
            applied.append(version)
        }
        return applied
    }
}
