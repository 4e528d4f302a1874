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
        var storeError = StoreError(isPassing ? .unavailable : .refused, "PostgreSQL: \(error)", cause: error)
        storeError.refusesWrites = ["25006", "53100"].contains(error.sqlState)
        storeError.advice = advice(on: error)
        return storeError
    }

    /// - Source: PostgreSQL manual, appendix A.
    private static func advice(on error: PostgresError) -> String? {
        switch error.sqlState {
        case "25006":
            "the server is read-only: connect to the primary (target_session_attrs=read-write in the URI, with all hosts)"
        case "53100": "the server's disk is full: make room"
        case "53300": "the server is at max_connections: raise it, or lower metering.maximum_connections"
        case "57014", "55P03":
            "a statement took longer than metering.statement_timeout: look for locks in pg_stat_activity"
        case "42P01", "42703", "0A000": "the schema is not this binary's: compare `thalamus db migrate --dry-run`"
        case "42501": "the database's user lacks a privilege on Thalamus' tables"
        case "28P01", "28000":
            "the server does not accept the user or its password: see metering.database and PGPASSFILE"
        case "3D000": "there is no such database: create it"
        default: error.code == .poolExhausted ? "all connections are busy: raise metering.maximum_connections" : nil
        }
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
