internal import CPQ

/// The rows of one statement, as text. Nil is SQL's NULL.
public struct PostgresResult: Sendable {
    public struct Column: Hashable, Sendable {
        public let name: String
        /// The type's OID in `pg_type`.
        public let typeID: UInt32
        /// `smallint`, `integer` or `bigint`.
        public var isInteger: Bool { typeID == 20 || typeID == 21 || typeID == 23 }
    }

    public let columns: [Column]
    public let rows: [[String?]]
    /// How many rows the statement changed or returned.
    public let affectedRows: Int

    init(_ result: OpaquePointer) {
        let columnCount = PQnfields(result)
        columns = (0..<columnCount).map { index in
            Column(name: PQfname(result, index).map { String(cString: $0) } ?? "", typeID: PQftype(result, index))
        }
        rows = (0..<PQntuples(result)).map { row in
            (0..<columnCount).map { column in
                guard PQgetisnull(result, row, column) == 0, let text = PQgetvalue(result, row, column) else {
                    return nil
                }
                return String(cString: text)
            }
        }
        affectedRows = PQcmdTuples(result).flatMap { Int(String(cString: $0)) } ?? 0
    }
}
