/// What a replica asks the store for, for one account and its keys, and the rules of how much it gets.
struct LeaseRequest: Sendable {
    /// One limit of which more is wanted.
    struct Need: Sendable {
        let subject: Subject
        let kind: LimitKind
        /// Its window's beginning, in unix milliseconds.
        let start: Int64
        let ceiling: Int64
        /// What each waiting request would take, in order.
        let amounts: [Int64]
        /// What this replica has free of its lease.
        let available: Int64
    }

    struct Grant: Sendable, Equatable {
        var amount: Int64 = 0
        /// All that replicas took or lease of the window.
        var taken: Int64 = 0
        /// The smallest waiting amount that did not fit; nil when all did.
        var leastRefused: Int64?
    }

    let account: String
    let replica: String
    /// Unix milliseconds.
    let now: Int64
    private(set) var needs: [Need] = []

    init(account: String, replica: String, now: Int64) {
        self.account = account
        self.replica = replica
        self.now = now
    }

    /// Asks for what `demands` lack of an account's or a key's allowances.
    mutating func add(_ standing: AccountMeter.Standing, _ demands: [Demand], _ situation: Situation) {
        for allowance in standing.allowances { add(allowance, of: standing.subject, demands, situation) }
    }

    private mutating func add(
        _ allowance: Allowance, of subject: Subject, _ demands: [Demand], _ situation: Situation
    ) {
        var allowance = allowance
        allowance.roll(to: situation.now)
        let amounts = demands.map { $0.amount(of: allowance.kind) }.filter {
            allowance.verdict($0, situation) != .exhausted
        }
        guard Self.sum(amounts) > allowance.available else { return }
        needs.append(
            Need(
                subject: subject, kind: allowance.kind, start: allowance.window.start, ceiling: allowance.ceiling,
                amounts: amounts, available: max(0, allowance.available)))
    }

    /// - Returns: a grant for each of ``needs``.
    func run(_ session: any SQLSession) throws -> [Grant] {
        guard try LeaseQueries.lock(account, session) else { return needs.map { _ in Grant() } }
        return try needs.map { try run($0, session) }
    }

    private func run(_ need: Need, _ session: any SQLSession) throws -> Grant {
        let id = LeaseQueries.LeaseID(subject: need.subject, kind: need.kind, start: need.start)
        guard let row = try LeaseQueries.allowance(id, of: account, ceiling: need.ceiling, session) else {
            return Grant(leastRefused: need.amounts.min())
        }
        let slice =
            need.kind.isGranted
            ? Self.slice(ofWindow: need.ceiling, taken: row.used, need: need)
            : Self.slice(ofBudget: row.remaining, need: need)
        let grant = Grant(
            amount: slice.amount, taken: Self.sum([row.used, row.leased, slice.amount]),
            leastRefused: slice.leastRefused)
        if slice.amount > 0 {
            if need.kind.isGranted {
                try LeaseQueries.take(id, slice.amount, session)
            } else {
                try LeaseQueries.extend(id, of: account, at: replica, by: slice.amount, recalls: row.recalls, session)
            }
        }
        if slice.leastRefused != nil, !need.kind.isGranted { try LeaseQueries.recall(id, for: replica, session) }
        return grant
    }

    // MARK: Rules

    /// Ten transactions a second for one account, at most.
    static let largestExactLimit: Int64 = 600

    /// What waits and fits; more only of large limits, where one percent may sit idle at a replica without anyone
    /// noticing. Small limits are leased request by request and so are exact however demand is spread.
    static func slice(
        ofWindow limit: Int64, taken: Int64, need: Need
    ) -> (amount: Int64, leastRefused: Int64?) {
        let remaining = max(0, limit - taken)
        let (wanted, leastRefused) = fitting(need, into: remaining)
        let extra = limit > largestExactLimit ? min(remaining / 16, limit / 100) : 0
        return (min(remaining, max(wanted, extra)), leastRefused)
    }

    /// A sixteenth of what is left, at least what waits, and at the end exactly the waiting requests that still fit.
    static func slice(ofBudget remaining: Int64, need: Need) -> (amount: Int64, leastRefused: Int64?) {
        let (wanted, leastRefused) = fitting(need, into: remaining)
        if leastRefused != nil { return (wanted, leastRefused) }
        return (min(remaining, max(wanted, remaining / 16)), nil)
    }

    /// What the waiting requests need beyond what is free, first come first served, out of `remaining`.
    private static func fitting(_ need: Need, into remaining: Int64) -> (amount: Int64, leastRefused: Int64?) {
        let space = sum([need.available, remaining])
        var wanted: Int64 = 0
        var leastRefused: Int64?
        for amount in need.amounts {
            let next = sum([wanted, amount])
            if next <= space { wanted = next } else { leastRefused = min(leastRefused ?? amount, amount) }
        }
        return (min(remaining, max(0, wanted - need.available)), leastRefused)
    }

    /// At most `Int64.max`.
    private static func sum(_ amounts: [Int64]) -> Int64 {
        amounts.reduce(0) { left, right in
            let (sum, overflow) = left.addingReportingOverflow(right)
            return overflow ? .max : sum
        }
    }
}
