/// Accounts.
extension Administration {
    /// What of an account is to change; what is nil stays.
    public struct AccountChange: Sendable {
        public var name: String?
        /// `.some(nil)` takes it off its plan.
        public var plan: String??
        /// Limits to set; a kind mapped to nil is lifted.
        public var limits: [LimitKind: Int64?] = [:]
        /// `.some(nil)` is the plan's.
        public var marginBasisPoints: Int??
        public var isClosed: Bool?

        public init() {}
    }

    /// Makes an account; one that keys made is there already.
    ///
    /// - Throws: ``MeteringError`` with code `conflict` when the id is taken.
    public func createAccount(_ id: String, _ setup: AccountChange = AccountChange()) async throws(MeteringError)
        -> Account
    {
        try Self.checkName(id, "an account's id")
        try Self.check(setup)
        let now = now()
        return try await change { session, revision in
            guard try Self.find(id, session) == nil else {
                throw MeteringError(.conflict, source: .downstream, message: "the account \(id) exists already")
            }
            try AccountQueries.make(id, at: now, session)
            return (
                try Self.apply(setup, to: id, revision: revision, at: now, session),
                Action(name: "account.create", subject: id, detail: Self.detail(of: setup))
            )
        }
    }

    public func updateAccount(_ id: String, _ update: AccountChange) async throws(MeteringError) -> Account {
        try Self.check(update)
        let now = now()
        return try await change { session, revision in
            guard try Self.find(id, session) != nil else { throw Self.unknown("account", id) }
            return (
                try Self.apply(update, to: id, revision: revision, at: now, session),
                Action(name: "account.update", subject: id, detail: Self.detail(of: update))
            )
        }
    }

    public func accounts() async throws(MeteringError) -> [Account] {
        try await perform { session in
            try session.execute("SELECT id FROM accounts ORDER BY id").compactMap {
                try Self.find(try $0.text("id"), session)
            }
        }
    }

    /// Accounts by id.
    public func accounts(_ page: PageRequest) async throws(MeteringError) -> Page<Account> {
        try page.after?.checkCount(1)
        return try await perform { session in
            let accounts = try session.execute(
                "SELECT id FROM accounts WHERE id > $1 ORDER BY id LIMIT $2",
                [.text(page.after?.fields[0] ?? ""), page.fetched]
            ).compactMap { try Self.find(try $0.text("id"), session) }
            return Page(accounts, page) { [$0.id] }
        }
    }

    /// - Throws: ``MeteringError`` with code `notFound`.
    public func account(_ id: String) async throws(MeteringError) -> Account {
        try await perform { session in
            guard let account = try Self.find(id, session) else { throw Self.unknown("account", id) }
            return account
        }
    }

    // MARK: Inside

    private static func apply(
        _ change: AccountChange, to id: String, revision: Int64, at now: Int64, _ session: any SQLSession
    ) throws -> Account {
        let parameters: (SQLValue) -> [SQLValue] = { [.text(id), $0] }
        if let name = change.name {
            try session.execute("UPDATE accounts SET name = $2 WHERE id = $1", parameters(.text(name)))
        }
        if let plan = change.plan {
            if let plan, try session.execute("SELECT id FROM plans WHERE id = $1", [.text(plan)]).isEmpty {
                throw unknown("plan", plan)
            }
            try session.execute("UPDATE accounts SET plan_id = $2 WHERE id = $1", parameters(.optional(plan)))
        }
        if let margin = change.marginBasisPoints {
            let value = SQLValue.optional(margin.map(Int64.init))
            try session.execute("UPDATE accounts SET margin_bps = $2 WHERE id = $1", parameters(value))
        }
        if let isClosed = change.isClosed {
            let closedAt: SQLValue = isClosed ? .integer(now) : .null
            try session.execute("UPDATE accounts SET closed_at = $2 WHERE id = $1", parameters(closedAt))
        }
        if !change.limits.isEmpty {
            var limits = try LimitQueries.limits(of: Subject.account(id).text, session)
            for (kind, ceiling) in change.limits { limits[kind] = ceiling }
            try LimitQueries.write(limits, of: Subject.account(id).text, session)
        }
        try follow(id, revision: revision, at: now, session)
        guard let account = try find(id, session) else { throw unknown("account", id) }
        return account
    }

    /// Has an account's windows under way and the replicas follow its limits, its plan's included.
    static func follow(
        _ id: String, revision: Int64, at now: Int64, _ session: any SQLSession
    ) throws {
        _ = try LeaseQueries.lock(id, session)
        let terms = try AccountQueries.terms(of: id, session)
        try LimitQueries.retarget(terms.limits, of: .account(id), at: now, session)
        try AccountQueries.touchKeys(of: id, revision: revision, session)
    }

    private static func find(_ id: String, _ session: any SQLSession) throws -> Account? {
        let rows = try session.execute(
            "SELECT id, name, plan_id, margin_bps, created_at, closed_at FROM accounts WHERE id = $1", [.text(id)])
        guard let row = rows.first else { return nil }
        let spend = LeaseQueries.LeaseID(subject: .account(id), kind: .spend, start: 0)
        return Account(
            id: id, name: try row.text("name"), plan: try row.optionalText("plan_id"),
            limits: try LimitQueries.limits(of: Subject.account(id).text, session),
            marginBasisPoints: try row.optionalInteger("margin_bps").map { Int(clamping: $0) },
            createdAt: try row.integer("created_at"), closedAt: try row.optionalInteger("closed_at"),
            standing: try LimitStatus.all(of: .account(id), session),
            spent: MicroUnits(try UsageRollup.used(spend, session)))
    }

    // MARK: Checks

    private static func check(_ change: AccountChange) throws(MeteringError) {
        if let name = change.name { try checkName(name, "an account's name") }
        if let plan = change.plan, let plan { try checkName(plan, "a plan's id") }
        if let margin = change.marginBasisPoints, let margin { try checkMargin(margin) }
        var limits = Limits()
        for (kind, ceiling) in change.limits { limits[kind] = ceiling ?? 0 }
        try checkAccountLimits(limits)
    }

    static func checkAccountLimits(_ limits: Limits) throws(MeteringError) {
        try limits.check()
        guard limits[.credit] == nil else {
            throw MeteringError(
                .invalidRequest, source: .downstream, message: "credit is topped up, not set as a limit")
        }
    }

    static func checkMargin(_ basisPoints: Int) throws(MeteringError) {
        guard Plan.margins.contains(basisPoints) else {
            throw MeteringError(
                .amountOutOfRange, source: .downstream,
                message: "a margin is between \(Plan.margins.lowerBound) and \(Plan.margins.upperBound) basis points")
        }
    }

    private static func detail(of change: AccountChange) -> [(String, String)] {
        var detail: [(String, String)] = []
        if let name = change.name { detail.append(("name", name)) }
        if let plan = change.plan { detail.append(("plan", plan ?? "")) }
        if let margin = change.marginBasisPoints { detail.append(("margin_bps", margin.map(String.init) ?? "")) }
        if let isClosed = change.isClosed { detail.append(("closed", "\(isClosed)")) }
        for (kind, ceiling) in change.limits.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            detail.append((kind.rawValue, ceiling.map(String.init) ?? ""))
        }
        return detail
    }
}
