/// Plans: limits and a margin that accounts share.
extension Administration {
    /// What of a plan is to change; what is nil stays.
    public struct PlanChange: Sendable {
        /// Limits to set; a kind mapped to nil is lifted.
        public var limits: [LimitKind: Int64?] = [:]
        public var marginBasisPoints: Int?

        public init() {}
    }

    public func plans() async throws(MeteringError) -> [Plan] {
        try await perform { session in
            try session.execute("SELECT id, margin_bps FROM plans ORDER BY id").map { try Self.plan($0, session) }
        }
    }

    /// Plans by id.
    public func plans(_ page: PageRequest) async throws(MeteringError) -> Page<Plan> {
        try page.after?.checkCount(1)
        return try await perform { session in
            let plans = try session.execute(
                "SELECT id, margin_bps FROM plans WHERE id > $1 ORDER BY id LIMIT $2",
                [.text(page.after?.fields[0] ?? ""), page.fetched]
            ).map { try Self.plan($0, session) }
            return Page(plans, page) { [$0.id] }
        }
    }

    /// - Throws: ``MeteringError`` with code `notFound`.
    public func plan(_ id: String) async throws(MeteringError) -> Plan {
        try await perform { session in
            guard let plan = try Self.findPlan(id, session) else { throw Self.unknown("plan", id) }
            return plan
        }
    }

    /// - Throws: ``MeteringError`` with code `conflict` when the id is taken.
    public func createPlan(_ plan: Plan) async throws(MeteringError) {
        try Self.check(plan)
        let now = now()
        try await change { session, revision in
            guard try Self.findPlan(plan.id, session) == nil else {
                throw MeteringError(.conflict, source: .downstream, message: "the plan \(plan.id) exists already")
            }
            return ((), try Self.write(plan, name: "plan.create", revision: revision, at: now, session))
        }
    }

    /// The accounts on it follow within a second.
    public func updatePlan(_ id: String, _ update: PlanChange) async throws(MeteringError) -> Plan {
        let now = now()
        return try await change { session, revision in
            guard var plan = try Self.findPlan(id, session) else { throw Self.unknown("plan", id) }
            for (kind, ceiling) in update.limits { plan.limits[kind] = ceiling }
            plan.marginBasisPoints = update.marginBasisPoints ?? plan.marginBasisPoints
            try Self.check(plan)
            return (plan, try Self.write(plan, name: "plan.update", revision: revision, at: now, session))
        }
    }

    /// Makes or replaces a plan. The accounts on it follow within a second.
    public func setPlan(_ plan: Plan) async throws(MeteringError) {
        try Self.check(plan)
        let now = now()
        try await change { session, revision in
            ((), try Self.write(plan, name: "plan.set", revision: revision, at: now, session))
        }
    }

    private static func check(_ plan: Plan) throws(MeteringError) {
        try checkName(plan.id, "a plan's id")
        try checkAccountLimits(plan.limits)
        try checkMargin(plan.marginBasisPoints)
    }

    private static func plan(_ row: SQLRow, _ session: any SQLSession) throws -> Plan {
        let id = try row.text("id")
        return Plan(
            id: id, limits: try LimitQueries.limits(of: "plan:" + id, session),
            marginBasisPoints: Int(clamping: try row.integer("margin_bps")))
    }

    private static func findPlan(_ id: String, _ session: any SQLSession) throws -> Plan? {
        try session.execute("SELECT id, margin_bps FROM plans WHERE id = $1", [.text(id)]).first.map {
            try plan($0, session)
        }
    }

    private static func write(
        _ plan: Plan, name: String, revision: Int64, at now: Int64, _ session: any SQLSession
    ) throws -> Action {
        try session.execute(
            """
            INSERT INTO plans (id, margin_bps, created_at) VALUES ($1, $2, $3) \
            ON CONFLICT (id) DO UPDATE SET margin_bps = $2
            """,
            [.text(plan.id), .integer(Int64(plan.marginBasisPoints)), .integer(now)])
        try LimitQueries.write(plan.limits, of: "plan:" + plan.id, session)
        let accounts = try session.execute(
            "SELECT id FROM accounts WHERE plan_id = $1 ORDER BY id", [.text(plan.id)])
        for row in accounts { try follow(try row.text("id"), revision: revision, at: now, session) }
        let detail = plan.limits.entries.map { ($0.kind.rawValue, "\($0.ceiling)") }
        return Action(
            name: name, subject: plan.id, detail: detail + [("margin_bps", "\(plan.marginBasisPoints)")])
    }
}
