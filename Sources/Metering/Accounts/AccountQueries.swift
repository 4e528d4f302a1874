/// The statements about accounts and plans.
enum AccountQueries {
    /// What an account's keys are subject to.
    struct Terms: Sendable {
        var limits: Limits
        var marginBasisPoints: Int
        /// Unix milliseconds; nil while the account is open.
        var closedAt: Int64?
        var isClosed: Bool { closedAt != nil }
    }

    /// Makes an account, if there is none of that name.
    static func make(_ id: String, at now: Int64, _ session: any SQLSession) throws {
        try session.execute(
            "INSERT INTO accounts (id, created_at) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING",
            [.text(id), .integer(now)])
    }

    static func terms(of id: String, _ session: any SQLSession) throws -> Terms {
        let own = try LimitQueries.limits(of: Subject.account(id).text, session)
        let rows = try session.execute(
            """
            SELECT a.plan_id, a.closed_at, a.margin_bps, p.margin_bps AS plan_margin_bps FROM accounts a \
            LEFT JOIN plans p ON p.id = a.plan_id WHERE a.id = $1
            """,
            [.text(id)])
        guard let row = rows.first else { return Terms(limits: own, marginBasisPoints: 0) }
        let plan = try row.optionalText("plan_id")
        let defaults = try plan.map { try LimitQueries.limits(of: "plan:" + $0, session) } ?? [:]
        var limits = own.over(defaults)
        if let credit = try credit(of: id, session) { limits[.credit] = credit }
        let margin = try row.optionalInteger("margin_bps") ?? row.optionalInteger("plan_margin_bps") ?? 0
        return Terms(
            limits: limits, marginBasisPoints: Int(clamping: margin),
            closedAt: try row.optionalInteger("closed_at"))
    }

    /// All that was ever paid in; nil for an account that does not pay in advance.
    static func credit(of id: String, _ session: any SQLSession) throws -> Int64? {
        try session.execute(
            "SELECT target FROM allowances WHERE subject = $1 AND kind = 'credit' AND starts_at = 0",
            [.text(Subject.account(id).text)]
        ).first?.integer("target")
    }

    /// Has replicas read every key of an account anew.
    static func touchKeys(of id: String, revision: Int64, _ session: any SQLSession) throws {
        try session.execute(
            "UPDATE keys SET revision = $2 WHERE account_id = $1", [.text(id), .integer(revision)])
    }
}
