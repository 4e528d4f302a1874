/// Puts ledger rows into the table, those that are there already left as they are.
enum UsageInsert {
    /// - Returns: the records whose rows are new.
    static func run(_ records: [SpoolRecord], _ session: any SQLSession) throws -> [SpoolRecord] {
        switch session.dialect {
        case .postgres: try columnwise(records, session)
        case .sqlite: try rowwise(records, session)
        }
    }

    private static let columns = [
        ("request_id", "text"), ("started_at", "bigint"), ("account_id", "text"), ("key_id", "text"), ("model", "text"),
        ("netuid", "bigint"), ("endpoint", "text"), ("prompt_tokens", "bigint"), ("completion_tokens", "bigint"),
        ("price", "bigint"), ("waived", "bigint"), ("status", "bigint"), ("is_stream", "bigint"),
        ("miner_hotkey", "text"), ("finished_at", "bigint"),
    ]
    private static let names = columns.map(\.0).joined(separator: ", ")

    /// An id twice in one batch is one row.
    private static func unique(_ records: [SpoolRecord], among ids: Set<String>) -> [SpoolRecord] {
        var ids = ids
        return records.filter { ids.remove($0.entry.requestID) != nil }
    }

    // MARK: PostgreSQL

    /// One array per column: the statement is the same for any number of rows, and small.
    private static let columnwiseStatement = {
        let arrays = columns.enumerated().map { "$\($0.offset + 1)::\($0.element.1)[]" }.joined(separator: ", ")
        return """
            WITH new AS (INSERT INTO usage (\(names)) SELECT * FROM unnest(\(arrays)) \
            ON CONFLICT (request_id, started_at) DO NOTHING RETURNING request_id) \
            SELECT COUNT(*) AS count, \
            CASE WHEN COUNT(*) = $\(columns.count + 1) THEN NULL ELSE string_agg(request_id, E'\\n') END AS ids FROM new
            """
    }()

    private static func columnwise(_ records: [SpoolRecord], _ session: any SQLSession) throws -> [SpoolRecord] {
        var texts = Array(repeating: PostgresArray(), count: columns.count)
        for record in records {
            let entry = record.entry
            texts[0].append(entry.requestID)
            texts[1].append(entry.startedAt)
            texts[2].append(entry.account)
            texts[3].append(entry.keyID)
            texts[4].append(entry.model)
            texts[5].append(Int64(entry.netuid))
            texts[6].append(entry.endpoint)
            texts[7].append(Int64(entry.promptTokens))
            texts[8].append(Int64(entry.completionTokens))
            texts[9].append(entry.price.rawValue)
            texts[10].append(entry.waived.rawValue)
            texts[11].append(Int64(entry.status))
            texts[12].append(entry.isStream ? 1 : 0)
            texts[13].append(entry.minerHotkey)
            texts[14].append(entry.finishedAt)
        }
        let rows = try session.execute(
            columnwiseStatement, texts.map { .text($0.literal) } + [.integer(Int64(records.count))])
        guard let row = rows.first else { return [] }
        if try row.integer("count") == Int64(records.count) { return records }
        let ids = try row.optionalText("ids").map { Set($0.split(separator: "\n").map(String.init)) } ?? []
        return unique(records, among: ids)
    }

    // MARK: SQLite

    /// Rows per statement: few sizes, so that each statement is prepared once.
    private static let sizes = [64, 16, 4, 1]
    private static let rowwiseStatements = Dictionary(uniqueKeysWithValues: sizes.map { ($0, rowwiseStatement($0)) })

    private static func rowwiseStatement(_ rows: Int) -> String {
        let values = (0..<rows).map { row in
            "(" + columns.indices.map { "$\(row * columns.count + $0 + 1)" }.joined(separator: ", ") + ")"
        }
        return "INSERT INTO usage (\(names)) VALUES \(values.joined(separator: ", ")) "
            + "ON CONFLICT (request_id, started_at) DO NOTHING RETURNING request_id"
    }

    private static func rowwise(_ records: [SpoolRecord], _ session: any SQLSession) throws -> [SpoolRecord] {
        var new: Set<String> = []
        var rest = records[...]
        while !rest.isEmpty {
            guard let size = sizes.first(where: { $0 <= rest.count }), let sql = rowwiseStatements[size] else { break }
            for row in try session.execute(sql, rest.prefix(size).flatMap { values($0.entry) }) {
                new.insert(try row.text("request_id"))
            }
            rest = rest.dropFirst(size)
        }
        return unique(records, among: new)
    }

    private static func values(_ entry: LedgerEntry) -> [SQLValue] {
        [
            .text(entry.requestID), .integer(entry.startedAt), .text(entry.account), .text(entry.keyID),
            .text(entry.model), .integer(Int64(entry.netuid)), .text(entry.endpoint),
            .integer(Int64(entry.promptTokens)), .integer(Int64(entry.completionTokens)),
            .integer(entry.price.rawValue), .integer(entry.waived.rawValue), .integer(Int64(entry.status)),
            .integer(entry.isStream ? 1 : 0), .optional(entry.minerHotkey), .integer(entry.finishedAt),
        ]
    }
}

/// An array as PostgreSQL reads it from text.
struct PostgresArray {
    private var bytes: [UInt8] = []

    var literal: String { "{" + String(decoding: bytes, as: UTF8.self) + "}" }

    mutating func append(_ number: Int64) {
        separate()
        bytes.append(contentsOf: String(number).utf8)
    }

    mutating func append(_ text: String?) {
        separate()
        guard let text else { return bytes.append(contentsOf: "NULL".utf8) }
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { bytes.append(UInt8(ascii: "\\")) }
            bytes.append(byte)
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func separate() {
        if !bytes.isEmpty { bytes.append(UInt8(ascii: ",")) }
    }
}
