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
    private func condition(_ time: (column: String, step: Int64)) -> (clauses: [String], parameters: [SQLValue]) {
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
        return (clauses, parameters)
    }

    private static func conjunction(_ clauses: [String]) -> String {
        clauses.isEmpty ? "" : "WHERE " + clauses.joined(separator: " AND ")
    }

    /// Whether daily sums answer it: they do for whole days.
    private var isOfWholeDays: Bool {
        [from, until].allSatisfy { $0.map { $0 % Period.dayLength == 0 } ?? true }
    }

    /// The groupings in the order of their columns and of the lines.
    public var columns: [Grouping] { Grouping.allCases.filter(groupings.contains) }

    /// - Parameter page: nil is everything.
    func totals(_ page: PageRequest? = nil, _ session: any SQLSession) throws -> [UsageTotal] {
        let isDaily = isOfWholeDays
        var (clauses, parameters) = condition(isDaily ? ("day", Period.dayLength) : ("started_at", 1))
        let columns = columns.map { $0.column(isDaily: isDaily) }
        var limit = ""
        if let page {
            if let start = try page.after.map(values), !start.isEmpty {
                let places = start.indices.map { "$\(parameters.count + $0 + 1)" }.joined(separator: ", ")
                clauses.append("(\(columns.map(\.expression).joined(separator: ", "))) > (\(places))")
                parameters += start
            }
            parameters.append(page.fetched)
            limit = "LIMIT $\(parameters.count)"
        }
        let condition = Self.conjunction(clauses)
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
        return try session.execute(
            "SELECT \(selected) FROM \(table) \(condition) \(order) \(limit)", parameters
        ).map { row in
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

    /// A line's sort key, for the cursor of the next page.
    func key(of total: UsageTotal) -> [String] {
        columns.map { grouping in
            switch grouping {
            case .account: total.account ?? ""
            case .key: total.keyID ?? ""
            case .model: total.model ?? ""
            case .day: "\(total.day ?? 0)"
            }
        }
    }

    private func values(of cursor: PageCursor) throws(MeteringError) -> [SQLValue] {
        try cursor.checkCount(columns.count)
        var values: [SQLValue] = []
        for (index, grouping) in columns.enumerated() {
            values.append(grouping == .day ? .integer(try cursor.number(index)) : .text(cursor.fields[index]))
        }
        return values
    }

    private static let entryColumns = """
        request_id, account_id, key_id, model, netuid, endpoint, prompt_tokens, completion_tokens, price, waived, \
        status, is_stream, miner_hotkey, started_at, finished_at
        """

    func entries(limit: Int, _ session: any SQLSession) throws -> [LedgerEntry] {
        let (clauses, parameters) = condition(("started_at", 1))
        return try session.execute(
            """
            SELECT \(Self.entryColumns) FROM usage \(Self.conjunction(clauses)) \
            ORDER BY started_at DESC, request_id LIMIT $\(parameters.count + 1)
            """,
            parameters + [.integer(Int64(max(0, limit)))]
        ).map { try LedgerEntry(row: $0) }
    }

    /// The row of one request of a key.
    static func entry(_ requestID: String, of key: APIKey, _ session: any SQLSession) throws -> LedgerEntry? {
        try session.execute(
            "SELECT \(entryColumns) FROM usage WHERE request_id = $1 AND account_id = $2 AND key_id = $3",
            [.text(requestID), .text(key.account), .text(key.id)]
        ).first.map { try LedgerEntry(row: $0) }
    }

    /// Rows of this query's one account, the earliest first, from behind one: found by the ledger's index.
    func entries(
        after start: (startedAt: Int64, requestID: String), limit: Int, _ session: any SQLSession
    ) throws -> [LedgerEntry] {
        var query = self
        query.from = max(from ?? .min, start.startedAt)
        var (clauses, parameters) = query.condition(("started_at", 1))
        clauses.append("(started_at, request_id) > ($\(parameters.count + 1), $\(parameters.count + 2))")
        parameters += [.integer(start.startedAt), .text(start.requestID), .integer(Int64(limit))]
        return try session.execute(
            """
            SELECT \(Self.entryColumns) FROM usage \(Self.conjunction(clauses)) \
            ORDER BY started_at, request_id LIMIT $\(parameters.count)
            """, parameters
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
