/// A parameter or a column: what both stores have in common.
enum SQLValue: Hashable, Sendable {
    case integer(Int64)
    case text(String)
    case null

    static func optional(_ value: Int64?) -> SQLValue { value.map { .integer($0) } ?? .null }
    static func optional(_ value: String?) -> SQLValue { value.map { .text($0) } ?? .null }
}

extension SQLValue: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral {
    init(integerLiteral value: Int64) { self = .integer(value) }
    init(stringLiteral value: String) { self = .text(value) }
}

/// One row of a result, read by column names.
struct SQLRow: Sendable {
    let columns: [String]
    let values: [SQLValue]

    /// - Throws: ``StoreError`` with kind `refused` when the column is missing, NULL or of another type.
    func integer(_ column: String) throws(StoreError) -> Int64 {
        guard case .integer(let value) = try self[column] else { throw .unexpected(column) }
        return value
    }

    func text(_ column: String) throws(StoreError) -> String {
        guard case .text(let value) = try self[column] else { throw .unexpected(column) }
        return value
    }

    func optionalInteger(_ column: String) throws(StoreError) -> Int64? {
        switch try self[column] {
        case .integer(let value): return value
        case .null: return nil
        case .text: throw .unexpected(column)
        }
    }

    func optionalText(_ column: String) throws(StoreError) -> String? {
        switch try self[column] {
        case .text(let value): return value
        case .null: return nil
        case .integer: throw .unexpected(column)
        }
    }

    private subscript(column: String) -> SQLValue {
        get throws(StoreError) {
            guard let index = columns.firstIndex(of: column), index < values.count else { throw .unexpected(column) }
            return values[index]
        }
    }
}
