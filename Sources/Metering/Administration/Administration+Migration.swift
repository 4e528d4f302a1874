/// Migrations.
extension Administration {
    public struct Migration: Sendable {
        public let version: Int64
        public let statements: [String]
    }

    /// What ``migrate(_:)`` would do; nothing is changed.
    public static func pendingMigrations(
        _ configuration: MeteringConfiguration
    ) async throws(MeteringError) -> [Migration] {
        do {
            let store = try Stores.open(configuration)
            let pending = try await Migrator.pending(store)
            await store.close()
            return pending.map { Migration(version: $0.version, statements: $0.statements) }
        } catch {
            throw MeteringError(storing: error)
        }
    }

    /// Brings the database to this binary's schema, as every start does.
    ///
    /// - Returns: what was applied.
    public static func migrate(_ configuration: MeteringConfiguration) async throws(MeteringError) -> [Migration] {
        do {
            let store = try Stores.open(configuration)
            let pending = try await Migrator.pending(store)
            let applied = try await Migrator.migrate(store, now: configuration.now())
            await store.close()
            return pending.filter { applied.contains($0.version) }.map {
                Migration(version: $0.version, statements: $0.statements)
            }
        } catch {
            throw MeteringError(storing: error)
        }
    }
}
