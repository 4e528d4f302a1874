/// Sums of the ledger by day, account, key and model, kept with every upload: questions about months need not read
/// millions of rows, and a new limit knows what was used before it.
enum UsageRollup {
    private struct Group: Hashable {
        let day: Int64
        let account: String
        let key: String
        let model: String
    }

    /// Adds rows that are new. The accounts are locked.
    static func add(_ entries: [LedgerEntry], _ session: any SQLSession) throws {
        var sums: [Group: (requests: Int64, prompt: Int64, completion: Int64, price: Int64, waived: Int64)] = [:]
        for entry in entries {
            let group = Group(
                day: Period.day.window(at: entry.startedAt).start / Period.dayLength, account: entry.account,
                key: entry.keyID, model: entry.model)
            var sum = sums[group] ?? (0, 0, 0, 0, 0)
            sum.requests &+= 1
            sum.prompt &+= Int64(entry.promptTokens)
            sum.completion &+= Int64(entry.completionTokens)
            sum.price &+= entry.price.rawValue
            sum.waived &+= entry.waived.rawValue
            sums[group] = sum
        }
        let rows = sums.map { group, sum -> [SQLValue] in
            [
                .integer(group.day), .text(group.account), .text(group.key), .text(group.model),
                .integer(sum.requests), .integer(sum.prompt), .integer(sum.completion), .integer(sum.price),
                .integer(sum.waived),
            ]
        }
        try session.executeMany(
            """
            INSERT INTO usage_daily (day, account_id, key_id, model, requests, prompt_tokens, completion_tokens, price, \
            waived) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
            ON CONFLICT (account_id, key_id, model, day) DO UPDATE SET requests = usage_daily.requests + $5, \
            prompt_tokens = usage_daily.prompt_tokens + $6, completion_tokens = usage_daily.completion_tokens + $7, \
            price = usage_daily.price + $8, waived = usage_daily.waived + $9
            """, rows)
    }

    /// What was used of a limit's window before it had one.
    static func used(_ id: LeaseQueries.LeaseID, _ session: any SQLSession) throws -> Int64 {
        let column: String
        switch (id.kind.measure, id.kind.period) {
        case (.slots, _), (_, .minute): return 0
        case (.requests, _): column = "requests"
        case (.tokens, _): column = "prompt_tokens + completion_tokens"
        // A free quota and credit begin with nothing used.
        case (.money, _):
            guard id.kind != .freeSpendPerMonth, id.kind != .credit else { return 0 }
            column = "price"
        }
        let (subject, name): (String, String)
        switch id.subject {
        case .account(let id): (subject, name) = ("account_id", id)
        case .key(let id): (subject, name) = ("key_id", id)
        }
        return try session.execute(
            """
            SELECT COALESCE(CAST(SUM(\(column)) AS BIGINT), 0) AS used FROM usage_daily \
            WHERE \(subject) = $1 AND day >= $2 AND day < $3
            """,
            [.text(name), .integer(id.start / Period.dayLength), .integer(end(of: id) / Period.dayLength)]
        ).first?.integer("used") ?? 0
    }

    private static func end(of id: LeaseQueries.LeaseID) -> Int64 {
        id.kind.period == .forever ? Int64.max / 2 : id.kind.period.window(at: id.start).end
    }
}
