/// What to add up of the ledger.
public struct UsageQuery: Sendable {
    public enum Grouping: String, Sendable, CaseIterable { case account, key, model, day }

    /// One line per combination of these; none is one line in all.
    public var groupings: [Grouping]
    public var account: String?
    public var keyID: String?
    public var model: String?
    /// Unix milliseconds, inclusive: by the time a request started.
    public var from: Int64?
    /// Unix milliseconds, exclusive.
    public var until: Int64?

    public init(
        groupedBy groupings: [Grouping] = [], account: String? = nil, keyID: String? = nil, model: String? = nil,
        from: Int64? = nil, until: Int64? = nil
    ) {
        self.groupings = groupings
        self.account = account
        self.keyID = keyID
        self.model = model
        self.from = from
        self.until = until
    }

    /// The condition with its parameters.
    ///
    /// - Parameter time: the column of the time, and how many milliseconds one of its steps is.
    private func condition(_ time: (column: String, step: Int64)) -> (sql: String, parameters: [SQLValue]) {
        var clauses: [String] = []
        var parameters: [SQLValue] = []
        func add(_ clause: String, _ value: SQLValue?) {
            guard let value else { return }
            parameters.append(value)
            clauses.append("\(clause) $\(parameters.count)")
        }
        add("account_id =", account.map { .text($0) })
        add("key_id =", keyID.map { .text($0) })
        // The ledger is found by account.
        if account == nil, keyID != nil, time.step == 1 {
            clauses.append("account_id = (SELECT account_id FROM keys WHERE id = $1)")
        }
        add("model =", model.map { .text($0) })
        add("\(time.column) >=", from.map { .integer($0 / time.step) })
        add("\(time.column) <", until.map { .integer($0 / time.step) })
        return (clauses.isEmpty ? "" : "WHERE " + clauses.joined(separator: " AND "), parameters)
    }

    /// Whether daily sums answer it: they do for whole days.
    private var isOfWholeDays: Bool {
        [from, until].allSatisfy { $0.map { $0 % Period.dayLength == 0 } ?? true }
    }

    func totals(_ session: any SQLSession) throws -> [UsageTotal] {
        let isDaily = isOfWholeDays
        let (condition, parameters) = condition(isDaily ? ("day", Period.dayLength) : ("started_at", 1))
        let columns = Grouping.allCases.filter { groupings.contains($0) }.map { $0.column(isDaily: isDaily) }
        let requests = isDaily ? "COALESCE(CAST(SUM(requests) AS BIGINT), 0)" : "COUNT(*)"
        let sums =
            (["prompt_tokens", "completion_tokens", "price", "waived"].map {
                "COALESCE(CAST(SUM(\($0)) AS BIGINT), 0) AS \($0)"
            }).joined(separator: ", ")
        let selected = (columns.map { "\($0.expression) AS \($0.name)" } + ["\(requests) AS requests", sums])
            .joined(separator: ", ")
        let names = columns.map(\.expression).joined(separator: ", ")
        let order = columns.isEmpty ? "" : "GROUP BY \(names) ORDER BY \(names)"
        let table = isDaily ? "usage_daily" : "usage"
        return try session.execute("SELECT \(selected) FROM \(table) \(condition) \(order)", parameters).map { row in
            UsageTotal(
                account: groupings.contains(.account) ? try row.text("account") : nil,
                keyID: groupings.contains(.key) ? try row.text("key_id") : nil,
                model: groupings.contains(.model) ? try row.text("model") : nil,
                day: groupings.contains(.day) ? try row.integer("day") : nil, requests: try row.integer("requests"),
                promptTokens: try row.integer("prompt_tokens"),
                completionTokens: try row.integer("completion_tokens"), price: MicroUnits(try row.integer("price")),
                waived: MicroUnits(try row.integer("waived")))
        }
    }

    func entries(limit: Int, _ session: any SQLSession) throws -> [LedgerEntry] {
        let (condition, parameters) = condition(("started_at", 1))
        return try session.execute(
            """
            SELECT request_id, account_id, key_id, model, netuid, endpoint, prompt_tokens, completion_tokens, price, \
            waived, status, is_stream, miner_hotkey, started_at, finished_at FROM usage \(condition) \
            ORDER BY started_at DESC, request_id LIMIT $\(parameters.count + 1)
            """,
            parameters + [.integer(Int64(max(0, limit)))]
        ).map { try LedgerEntry(row: $0) }
    }
}

extension UsageQuery.Grouping {
    fileprivate func column(isDaily: Bool) -> (expression: String, name: String) {
        switch self {
        case .account: ("account_id", "account")
        case .key: ("key_id", "key_id")
        case .model: ("model", "model")
        case .day: (isDaily ? "day" : "started_at / 86400000", "day")
        }
    }
}

extension LedgerEntry {
    init(row: SQLRow) throws {
        self.init(
            requestID: try row.text("request_id"), account: try row.text("account_id"), keyID: try row.text("key_id"),
            model: try row.text("model"), netuid: UInt16(clamping: try row.integer("netuid")),
            endpoint: try row.text("endpoint"), promptTokens: Int(clamping: try row.integer("prompt_tokens")),
            completionTokens: Int(clamping: try row.integer("completion_tokens")),
            price: MicroUnits(try row.integer("price")), status: Int(clamping: try row.integer("status")),
            isStream: try row.integer("is_stream") != 0, startedAt: try row.integer("started_at"),
            finishedAt: try row.integer("finished_at"), minerHotkey: try row.optionalText("miner_hotkey"),
            waived: MicroUnits(try row.integer("waived")))
    }
}

/// A sum over the ledger. What was not grouped by is nil.
public struct UsageTotal: Sendable, Hashable, Codable {
    public let account: String?
    public let keyID: String?
    public let model: String?
    /// Days since 1970-01-01 in UTC.
    public let day: Int64?
    public let requests: Int64
    public let promptTokens: Int64
    public let completionTokens: Int64
    public let price: MicroUnits
    /// What it would have cost beyond ``price``: paid by free quotas, or not covered by budgets.
    public let waived: MicroUnits
}
