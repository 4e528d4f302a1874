/// Writes ledger rows and moves what they used from leased to used, in one transaction.
///
/// A row that is there already changes nothing, so a batch may be sent again after any failure.
struct UsageUpload: Sendable {
    let records: [SpoolRecord]
    let replica: String

    /// What new rows used of one limit.
    private struct Charge {
        var account: String
        var leased: Int64 = 0
        var unleased: Int64 = 0
        /// Those that money is charged for, to waive what the limit can't pay.
        var records: [SpoolRecord] = []
    }

    /// - Returns: how many rows were new.
    func run(_ session: any SQLSession) throws -> Int {
        // One order for all replicas: two uploads never wait for each other in a circle.
        for account in Set(records.map(\.entry.account)).sorted() { _ = try LeaseQueries.lock(account, session) }
        let new = try insert(records, session)
        guard !new.isEmpty else { return 0 }
        var waived: [String: Int64] = [:]
        for (id, charge) in try charges(of: new, session) {
            let unpaid = try LeaseQueries.charge(
                id, of: charge.account, at: replica, leased: charge.leased, unleased: charge.unleased, session)
            // Only after a lease was taken from a replica silent for its whole lifetime, or a limit set while requests
            // were open: the row stays, what the budget can't pay is waived, and the budget stays a bound.
            if id.kind.measure == .money, id.kind != .freeSpendPerMonth, unpaid > 0 {
                Self.waive(unpaid, charge.records, &waived)
            }
        }
        try UsageRollup.add(try new.map { try Self.waiving(waived, $0.entry, session) }, session)
        return new.count
    }

    /// What each limit is charged: the leased ones of a record's own, and those set since it was admitted.
    private func charges(
        of records: [SpoolRecord], _ session: any SQLSession
    ) throws -> [(LeaseQueries.LeaseID, Charge)] {
        var charges: [LeaseQueries.LeaseID: Charge] = [:]
        let limited = try limitedKinds(of: records, session)
        for record in records {
            let entry = record.entry
            for (subject, claims) in [
                (Subject.account(entry.account), record.leased.account), (.key(entry.keyID), record.leased.key),
            ] {
                for kind in limited[subject] ?? [] {
                    let isLeased = claims & kind.bit != 0
                    guard isLeased || Self.countsUnleased(kind, record) else { continue }
                    let start = kind.period.window(at: record.admittedAt).start
                    let id = LeaseQueries.LeaseID(subject: subject, kind: kind, start: start)
                    var charge = charges[id] ?? Charge(account: entry.account)
                    let amount = record.outcome.amount(of: kind)
                    if isLeased { charge.leased += amount } else { charge.unleased += amount }
                    if kind.measure == .money { charge.records.append(record) }
                    charges[id] = charge
                }
            }
        }
        return charges.sorted { ($0.key.subject.text, $0.key.kind.rawValue) < ($1.key.subject.text, $1.key.kind.rawValue) }
    }

    /// A free request costs its account and its key nothing, and no request is made free afterwards.
    private static func countsUnleased(_ kind: LimitKind, _ record: SpoolRecord) -> Bool {
        kind.measure != .money || (!record.leased.isFree && kind != .freeSpendPerMonth)
    }

    /// The kinds of limits that the records' accounts and keys have, but for those that no upload moves.
    private func limitedKinds(
        of records: [SpoolRecord], _ session: any SQLSession
    ) throws -> [Subject: Set<LimitKind>] {
        var found: [Subject: Set<LimitKind>] = [:]
        let accounts = Set(records.map(\.entry.account)).sorted()
        let rows = try session.executeMany(
            "SELECT DISTINCT subject, kind FROM allowances WHERE account_id = $1", accounts.map { [.text($0)] })
        for row in rows.joined() {
            guard let subject = Subject(try row.text("subject")), let kind = LimitKind(rawValue: try row.text("kind")),
                !kind.isGranted, kind != .concurrentRequests
            else { continue }
            found[subject, default: []].insert(kind)
        }
        return found
    }

    // MARK: What can't be paid

    /// Takes `amount` off the prices of the last rows; a row that several limits can't pay is waived once.
    private static func waive(_ amount: Int64, _ records: [SpoolRecord], _ waived: inout [String: Int64]) {
        var left = amount
        for record in records.reversed() where left > 0 {
            let already = waived[record.entry.requestID] ?? 0
            let now = min(left, record.entry.price.rawValue)
            left -= now
            waived[record.entry.requestID] = max(already, now)
        }
    }

    private static func waiving(
        _ waived: [String: Int64], _ entry: LedgerEntry, _ session: any SQLSession
    ) throws -> LedgerEntry {
        guard let amount = waived[entry.requestID], amount > 0 else { return entry }
        try session.execute(
            "UPDATE usage SET price = price - $3, waived = waived + $3 WHERE request_id = $1 AND started_at = $2",
            [.text(entry.requestID), .integer(entry.startedAt), .integer(amount)])
        var entry = entry
        entry.price = MicroUnits(entry.price.rawValue - amount)
        entry.waived = MicroUnits(entry.waived.rawValue + amount)
        return entry
    }

    // MARK: Rows

    private static let columns = [
        "request_id", "started_at", "account_id", "key_id", "model", "netuid", "endpoint", "prompt_tokens",
        "completion_tokens", "price", "waived", "status", "is_stream", "miner_hotkey", "finished_at",
    ]
    /// Rows per statement: few sizes, so that each statement is prepared once.
    private static let sizes = [64, 16, 4, 1]
    private static let statements = Dictionary(uniqueKeysWithValues: sizes.map { ($0, statement(rows: $0)) })

    private static func statement(rows: Int) -> String {
        let values = (0..<rows).map { row in
            "(" + columns.indices.map { "$\(row * columns.count + $0 + 1)" }.joined(separator: ", ") + ")"
        }
        return "INSERT INTO usage (\(columns.joined(separator: ", "))) VALUES \(values.joined(separator: ", ")) "
            + "ON CONFLICT (request_id, started_at) DO NOTHING RETURNING request_id"
    }

    /// - Returns: the records whose rows are new.
    private func insert(_ records: [SpoolRecord], _ session: any SQLSession) throws -> [SpoolRecord] {
        var new: Set<String> = []
        var rest = records[...]
        for size in Self.sizes {
            guard let sql = Self.statements[size] else { continue }
            var lists: [[SQLValue]] = []
            while rest.count >= size {
                lists.append(rest.prefix(size).flatMap { Self.values($0.entry) })
                rest = rest.dropFirst(size)
            }
            guard !lists.isEmpty else { continue }
            for row in try session.executeMany(sql, lists).joined() { new.insert(try row.text("request_id")) }
        }
        // An id twice in one batch is one row.
        return records.filter { new.remove($0.entry.requestID) != nil }
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
