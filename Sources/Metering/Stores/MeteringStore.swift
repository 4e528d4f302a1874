/// One transaction's view of a store.
protocol SQLSession {
    /// Runs one statement with `$1`… parameters.
    @discardableResult
    func execute(_ sql: String, _ parameters: [SQLValue]) throws -> [SQLRow]
    /// Runs one statement once for each list of parameters, in order.
    ///
    /// - Returns: the rows of each.
    @discardableResult
    func executeMany(_ sql: String, _ parameters: [[SQLValue]]) throws -> [[SQLRow]]
    /// What a `SELECT` ends with that locks its rows until the end of the transaction.
    var forUpdate: String { get }
    var dialect: SQLDialect { get }
    func hasTable(_ name: String) throws -> Bool
    /// Keeps other processes from migrating until the transaction ends.
    func lockForMigration() throws
}

/// Which database it is, for the few statements that differ.
enum SQLDialect: Sendable { case postgres, sqlite }

extension SQLSession {
    var forUpdate: String { dialect == .postgres ? "FOR UPDATE" : "" }

    func executeMany(_ sql: String, _ parameters: [[SQLValue]]) throws -> [[SQLRow]] {
        try parameters.map { try execute(sql, $0) }
    }

    @discardableResult
    func execute(_ sql: String) throws -> [SQLRow] { try execute(sql, []) }
}

/// Where accounts, keys, leases and the ledger are kept: PostgreSQL or SQLite, by the same statements.
protocol MeteringStore: Sendable {
    /// Runs `body` in a transaction, on a thread that may block.
    ///
    /// `body` may run more than once: a transaction that was surely rolled back is tried again within bounds. It does not
    /// stop when the caller's task is cancelled.
    ///
    /// - Throws: ``StoreError``, or what `body` throws.
    func transaction<R: Sendable>(_ body: @escaping @Sendable (any SQLSession) throws -> R) async throws -> R
    /// Tells of changes as other processes commit them; nil where they can only be looked for.
    var changes: PostgresChanges? { get }
    func close() async
}

/// What went wrong with a store, in the terms that the ledger acts on.
struct StoreError: Error, Sendable, CustomStringConvertible {
    enum Kind: Sendable {
        /// It can't be reached or can't serve now; the transaction may or may not have taken effect.
        case unavailable
        /// It answered and refused: nothing took effect, and trying the same again will not help by itself.
        case refused
    }

    let kind: Kind
    let message: String
    let cause: (any Error)?
    /// It answers questions and takes no changes: read-only, or its disk is full.
    var refusesWrites = false
    /// What an operator can do about it.
    var advice: String?

    init(_ kind: Kind, _ message: String, cause: (any Error)? = nil) {
        self.kind = kind
        self.message = message
        self.cause = cause
    }

    static func unexpected(_ column: String) -> StoreError {
        StoreError(.refused, "the database's column \(column) is missing or of another type than expected")
    }

    var description: String { message }
}

extension MeteringError {
    /// The public form of anything that a store's transaction threw.
    init(storing error: any Error) {
        switch error {
        case let error as MeteringError: self = error
        case let error as StoreError where error.kind == .unavailable: self = .storeUnavailable(error)
        default:
            self.init(
                .storeRefused, source: .gateway, message: "the metering database refused: \(error)", cause: error)
        }
    }
}
