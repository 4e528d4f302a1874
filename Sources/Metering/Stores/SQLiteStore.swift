internal import Foundation
internal import GRDB

/// SQLite through GRDB: one connection, write-ahead log, for gateways on one machine.
final class SQLiteStore: MeteringStore {
    private let queue: DatabaseQueue

    /// Opens or creates the file, readable by its owner only.
    init(path: String) throws(StoreError) {
        var configuration = Configuration()
        configuration.foreignKeysEnabled = true
        configuration.busyMode = .timeout(5)
        configuration.journalMode = .wal
        configuration.label = "metering"
        do {
            try Self.create(path)
            queue = try DatabaseQueue(path: path, configuration: configuration)
            // The spool forgets usage once it was uploaded, so an uploaded transaction must survive a power cut: NORMAL
            // would not sync the log at each commit. Uploads are batched, so the price is one sync per batch.
            try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
        } catch {
            throw Self.storeError(error)
        }
    }

    func transaction<R: Sendable>(_ body: @escaping @Sendable (any SQLSession) throws -> R) async throws -> R {
        // GRDB's async form stops when the caller's task is cancelled; this one does not.
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<R, any Error>) in
            queue.asyncWrite { database in
                try body(SQLiteSession(database: database))
            } completion: { _, result in
                continuation.resume(with: result.mapError { Self.publicError($0) })
            }
        }
    }

    var changes: PostgresChanges? { nil }

    func close() async { try? queue.close() }

    private static func create(_ path: String) throws {
        let descriptor = Foundation.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw StoreError(.refused, "can't open the database file \(path): \(String(cString: strerror(errno)))")
        }
        Foundation.close(descriptor)
    }

    private static func publicError(_ error: any Error) -> any Error {
        error is DatabaseError ? storeError(error) : error
    }

    /// Busy, locked, full, read-only and I/O errors may pass; the rest is refused.
    private static func storeError(_ error: any Error) -> StoreError {
        if let error = error as? StoreError { return error }
        guard let error = error as? DatabaseError else { return StoreError(.refused, "\(error)", cause: error) }
        let passing: [ResultCode] = [
            .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_FULL, .SQLITE_READONLY, .SQLITE_IOERR, .SQLITE_CANTOPEN,
            .SQLITE_NOMEM,
        ]
        let kind: StoreError.Kind = passing.contains(error.resultCode) ? .unavailable : .refused
        // Without GRDB's own description, which quotes the statement's arguments.
        var storeError = StoreError(kind, "SQLite: \(error.message ?? "\(error.resultCode)")")
        storeError.refusesWrites = [.SQLITE_FULL, .SQLITE_READONLY].contains(error.resultCode)
        return storeError
    }
}

private struct SQLiteSession: SQLSession {
    let database: Database
    let dialect = SQLDialect.sqlite

    func execute(_ sql: String, _ parameters: [SQLValue]) throws -> [SQLRow] {
        let statement = try database.cachedStatement(sql: sql)
        let columns = statement.columnNames
        var rows: [SQLRow] = []
        let cursor = try Row.fetchCursor(statement, arguments: Self.arguments(parameters, of: sql))
        while let row = try cursor.next() {
            rows.append(SQLRow(columns: columns, values: try row.databaseValues.map(SQLValue.init)))
        }
        return rows
    }

    /// SQLite counts `$1` by first appearance. Where that is their order they are bound by place, else by name.
    private static func arguments(_ parameters: [SQLValue], of sql: String) -> StatementArguments {
        if appearInOrder(sql) { return StatementArguments(parameters.map(\.databaseValue)) }
        var arguments: [String: DatabaseValue] = [:]
        arguments.reserveCapacity(parameters.count)
        for (index, value) in parameters.enumerated() { arguments["\(index + 1)"] = value.databaseValue }
        return StatementArguments(arguments)
    }

    /// Whether each number in `$1`, `$2`, … first appears after all smaller ones.
    static func appearInOrder(_ sql: String) -> Bool {
        var next = 1
        var rest = sql.utf8[...]
        while let dollar = rest.firstIndex(of: UInt8(ascii: "$")) {
            rest = rest[dollar...].dropFirst()
            var number = 0
            while let digit = rest.first.map({ $0 &- UInt8(ascii: "0") }), digit < 10, number < 100_000 {
                number = number * 10 + Int(digit)
                rest = rest.dropFirst()
            }
            if number == next { next += 1 } else if number > next { return false }
        }
        return true
    }

    func hasTable(_ name: String) throws -> Bool { try database.tableExists(name) }

    /// The transaction is immediate: it already is the only writer.
    func lockForMigration() {}
}

extension SQLValue {
    fileprivate init(_ value: DatabaseValue) throws(StoreError) {
        switch value.storage {
        case .null: self = .null
        case .int64(let number): self = .integer(number)
        case .string(let text): self = .text(text)
        case .double, .blob: throw StoreError(.refused, "SQLite holds a value of a type that Thalamus never stores")
        }
    }

    fileprivate var databaseValue: DatabaseValue {
        switch self {
        case .integer(let number): number.databaseValue
        case .text(let text): text.databaseValue
        case .null: .null
        }
    }
}
