/// Writes ledger rows and moves what they cost from leased to spent, in one transaction.
///
/// A row that is there already changes nothing, so a batch may be sent again after any failure.
struct UsageUpload: Sendable {
    let records: [SpoolRecord]
    let replica: String

    /// - Returns: how many rows were new.
    func run(_ session: any SQLSession) throws -> Int {
        let byKey = Dictionary(grouping: records) { $0.entry.keyID }
        var inserted = 0
        // One order for all replicas: two uploads never wait for each other in a circle.
        for keyID in byKey.keys.sorted() {
            let budget = try LeaseQueries.lockBudget(keyID, session)
            let new = try insert(byKey[keyID] ?? [], session)
            inserted += new.count
            guard let budget, !new.isEmpty else { continue }
            try charge(new, to: keyID, budget, session)
        }
        return inserted
    }

    private func charge(
        _ records: [SpoolRecord], to keyID: String, _ budget: LeaseQueries.Budget, _ session: any SQLSession
    ) throws {
        let covered = Self.total(records.filter(\.isLeased))
        let uncovered = Self.total(records.filter { !$0.isLeased })
        let lease = try LeaseQueries.lease(keyID, of: replica, session)
        let fromLease = min(covered, lease)
        // Only after a lease was taken from a replica silent for its whole lifetime, or a budget set on a key with open
        // requests: the row stays, what the budget can't pay is waived, and the budget stays a bound.
        let beyond = Self.sum(covered - fromLease, uncovered)
        let payable = min(beyond, budget.remaining ?? .max)
        if payable < beyond { try waive(beyond - payable, records, session) }
        let spent = Self.sum(fromLease, payable)
        if fromLease > 0 {
            try LeaseQueries.extend(keyID, of: replica, by: -fromLease, recalls: budget.recalls, session)
        }
        try session.execute(
            "UPDATE budgets SET spent = $2 WHERE key_id = $1",
            [.text(keyID), .integer(min(Self.sum(budget.spent, spent), Int64.max / 2))])
    }

    /// Takes `amount` off the prices of the last rows.
    private func waive(_ amount: Int64, _ records: [SpoolRecord], _ session: any SQLSession) throws {
        var left = amount
        for record in records.reversed() where left > 0 && record.entry.price.rawValue > 0 {
            let waived = min(left, record.entry.price.rawValue)
            left -= waived
            try session.execute(
                "UPDATE usage_ledger SET price = price - $2, waived = waived + $2 WHERE request_id = $1",
                [.text(record.entry.requestID), .integer(waived)])
        }
    }

    private static func total(_ records: [SpoolRecord]) -> Int64 {
        records.reduce(0) { sum($0, max(0, $1.entry.price.rawValue)) }
    }

    private static func sum(_ left: Int64, _ right: Int64) -> Int64 {
        let (sum, overflow) = left.addingReportingOverflow(right)
        return overflow ? .max : sum
    }

    // MARK: Rows

    private static let columns = [
        "request_id", "account_id", "key_id", "model", "netuid", "endpoint", "prompt_tokens", "completion_tokens",
        "price",
        "waived", "status", "is_stream", "miner_hotkey", "started_at", "finished_at",
    ]
    /// Rows per statement: few sizes, so that each statement is prepared once.
    private static let sizes = [64, 16, 4, 1]
    private static let statements = Dictionary(uniqueKeysWithValues: sizes.map { ($0, statement(rows: $0)) })

    private static func statement(rows: Int) -> String {
        let values = (0..<rows).map { row in
            "(" + columns.indices.map { "$\(row * columns.count + $0 + 1)" }.joined(separator: ", ") + ")"
        }
        return "INSERT INTO usage_ledger (\(columns.joined(separator: ", "))) VALUES \(values.joined(separator: ", ")) "
            + "ON CONFLICT (request_id) DO NOTHING RETURNING request_id"
    }

    /// - Returns: the records whose rows are new.
    private func insert(_ records: [SpoolRecord], _ session: any SQLSession) throws -> [SpoolRecord] {
        var new: Set<String> = []
        var rest = records[...]
        while !rest.isEmpty {
            guard let size = Self.sizes.first(where: { $0 <= rest.count }), let sql = Self.statements[size] else {
                break
            }
            let rows = try session.execute(sql, rest.prefix(size).flatMap { Self.values($0.entry) })
            for row in rows { new.insert(try row.text("request_id")) }
            rest = rest.dropFirst(size)
        }
        // An id twice in one batch is one row.
        return records.filter { new.remove($0.entry.requestID) != nil }
    }

    private static func values(_ entry: LedgerEntry) -> [SQLValue] {
        [
            .text(entry.requestID), .text(entry.account), .text(entry.keyID), .text(entry.model),
            .integer(Int64(entry.netuid)), .text(entry.endpoint), .integer(Int64(entry.promptTokens)),
            .integer(Int64(entry.completionTokens)), .integer(entry.price.rawValue), 0, .integer(Int64(entry.status)),
            .integer(entry.isStream ? 1 : 0), .optional(entry.minerHotkey), .integer(entry.startedAt),
            .integer(entry.finishedAt),
        ]
    }
}
