internal import Postgres
internal import Synchronization

/// PostgreSQL through a pool of libpq connections.
final class PostgresStore: MeteringStore {
    private static let maximumAttempts = 8

    private let pool: PostgresPool
    let changes: PostgresChanges?
    private let waitForConnection: Duration

    init(_ configuration: PostgresConfiguration) {
        pool = PostgresPool(configuration)
        changes = PostgresChanges(configuration)
        waitForConnection = configuration.connectTimeout
    }

    func transaction<R: Sendable>(_ body: @escaping @Sendable (any SQLSession) throws -> R) async throws -> R {
        var attempt = 1
        while true {
            let progress = Progress()
            do {
                return try await pool.withConnection(until: .now.advanced(by: waitForConnection)) { connection in
                    try await connection.withSession { session in
                        try session.transaction { session in
                            progress.hasBegun()
                            return try body(PostgresSQLSession(session: session))
                        }
                    }
                }
            } catch let error as PostgresError {
                if error.isUnavailable { pool.discardIdle() }
                // A connection that broke while idle shows it at BEGIN: nothing ran yet.
                let isStale = error.code == .connectionLost && !progress.isBegun
                guard attempt < Self.maximumAttempts, error.isSerializationFailure || (isStale && attempt == 1) else {
                    throw Self.storeError(error)
                }
                attempt += 1
                guard error.isSerializationFailure else { continue }
                try? await Task.sleep(for: .milliseconds(Int.random(in: 1...(5 * attempt))))
            }
        }
    }

    func close() async {
        pool.close()
        await changes?.close()
    }

    private static func storeError(_ error: PostgresError) -> StoreError {
        let isPassing = error.isUnavailable || error.isSerializationFailure
        return StoreError(isPassing ? .unavailable : .refused, "PostgreSQL: \(error)", cause: error)
    }
}

/// Whether a transaction got as far as its body.
private final class Progress: Sendable {
    private let begun = Atomic(false)
    var isBegun: Bool { begun.load(ordering: .acquiring) }
    func hasBegun() { begun.store(true, ordering: .releasing) }
}

private struct PostgresSQLSession: SQLSession {
    let session: PostgresSession

    let dialect = SQLDialect.postgres

    func execute(_ sql: String, _ parameters: [SQLValue]) throws -> [SQLRow] {
        try Self.rows(session.execute(sql, parameters.map(\.postgresText)))
    }

    func executeMany(_ sql: String, _ parameters: [[SQLValue]]) throws -> [[SQLRow]] {
        guard parameters.count > 1 else { return try parameters.map { try execute(sql, $0) } }
        return try session.executePipeline(sql, parameters.map { $0.map(\.postgresText) }).map(Self.rows)
    }

    private static func rows(_ result: PostgresResult) throws -> [SQLRow] {
        let columns = result.columns.map(\.name)
        return try result.rows.map { row in
            SQLRow(columns: columns, values: try zip(row, result.columns).map { try SQLValue($0, $1) })
        }
    }

    func hasTable(_ name: String) throws -> Bool {
        // A scan of the catalogue, and not `to_regclass`, which may answer from a cache of before a lock was waited for.
        try !execute(
            """
            SELECT relname FROM pg_catalog.pg_class WHERE relname = $1 AND relkind IN ('r', 'p') \
            AND pg_catalog.pg_table_is_visible(oid)
            """,
            [.text(name)]
        ).isEmpty
    }

    func lockForMigration() throws {
        // Any number that nothing else uses: the bytes of "thalamus".
        _ = try session.execute("SELECT pg_advisory_xact_lock(8388065902837364083)")
    }
}

extension SQLValue {
    fileprivate init(_ text: String?, _ column: PostgresResult.Column) throws(StoreError) {
        guard let text else {
            self = .null
            return
        }
        guard column.isInteger else {
            self = .text(text)
            return
        }
        guard let number = Int64(text) else { throw .unexpected(column.name) }
        self = .integer(number)
    }

    fileprivate var postgresText: String? {
        switch self {
        case .integer(let number): String(number)
        case .text(let text): text
        case .null: nil
        }
    }
}
