/// What a replica asks the store for, for one key, and the rule of how much it gets.
struct LeaseRequest: Sendable {
    let keyID: String
    let replica: String
    /// Requests per minute; nil when the key has no such limit or this replica has requests left.
    let requestLimit: Int64?
    /// Requests waiting for the window.
    let requests: Int64
    let minute: Int64
    /// What each waiting request would hold, in order; empty when the key has no budget.
    let amounts: [Int64]
    /// What this replica has free of its lease.
    let available: Int64

    struct Grant: Sendable {
        var requests: Int64 = 0
        /// All that replicas took of the window.
        var windowGranted: Int64 = 0
        var isWindowExhausted = false
        var amount: Int64 = 0
        /// Not every waiting request could be covered.
        var isBudgetExhausted = false
    }

    func run(_ session: any SQLSession) throws -> Grant {
        var grant = Grant()
        if let requestLimit {
            let (taken, granted) = try LeaseQueries.grantRequests(keyID, minute: minute, session) {
                Self.slice(ofWindow: requestLimit, granted: $0, waiting: requests)
            }
            grant.requests = taken
            grant.windowGranted = granted
            grant.isWindowExhausted = granted >= requestLimit
            if taken == 0 && requests > 0 { return grant }
        }
        guard !amounts.isEmpty, let budget = try LeaseQueries.lockBudget(keyID, session) else { return grant }
        let slice = Self.slice(ofBudget: budget.remaining, amounts: amounts, available: available)
        grant.amount = slice.amount
        grant.isBudgetExhausted = slice.isExhausted
        if grant.amount > 0 {
            try LeaseQueries.extend(keyID, of: replica, by: grant.amount, recalls: budget.recalls, session)
        }
        if grant.isBudgetExhausted { try LeaseQueries.recall(keyID, for: replica, session) }
        return grant
    }

    /// Ten transactions a second for one key, at most.
    static let largestExactLimit: Int64 = 600

    /// What waits; more only of large limits, where one percent may sit idle at a replica without anyone noticing.
    /// Small limits are leased request by request and so are exact however demand is spread.
    static func slice(ofWindow limit: Int64, granted: Int64, waiting: Int64) -> Int64 {
        let remaining = max(0, limit - granted)
        let extra = limit > largestExactLimit ? min(remaining / 16, limit / 100) : 0
        return min(remaining, max(waiting, extra))
    }

    /// A sixteenth of what is left, at least what waits, and at the end exactly the waiting requests that still fit.
    static func slice(
        ofBudget remaining: Int64?, amounts: [Int64], available: Int64
    ) -> (amount: Int64, isExhausted: Bool) {
        var wanted: Int64 = 0
        var isExhausted = false
        let space = remaining.map { saturatingSum(available, $0) } ?? .max
        for amount in amounts {
            let sum = saturatingSum(wanted, amount)
            if sum <= space { wanted = sum } else { isExhausted = true }
        }
        let needed = max(0, wanted - available)
        guard let remaining else { return (needed, false) }
        guard !isExhausted else { return (min(needed, remaining), true) }
        return (min(remaining, max(needed, remaining / 16)), false)
    }

    private static func saturatingSum(_ left: Int64, _ right: Int64) -> Int64 {
        let (sum, overflow) = left.addingReportingOverflow(right)
        return overflow ? .max : sum
    }
}
