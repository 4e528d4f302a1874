internal import JSON
internal import Metering

extension LimitKind {
    /// Its name in the admin API: LiteLLM's where there is one. Amounts of money end in `_micros`.
    var adminName: String {
        switch self {
        case .requestsPerMinute: "rpm_limit"
        case .tokensPerMinute: "tpm_limit"
        case .requestsPerDay: "rpd_limit"
        case .tokensPerDay: "tpd_limit"
        case .concurrentRequests: "max_parallel_requests"
        case .spendPerDay: "daily_budget_micros"
        case .spendPerMonth: "monthly_budget_micros"
        case .spend: "max_budget_micros"
        case .credit: "credit_micros"
        case .freeSpendPerMonth: "monthly_free_quota_micros"
        }
    }

    /// Those that can be set, of an account or a plan.
    static let ofAccounts = allCases.filter { $0 != .credit }
    /// Those that can be set, of a key.
    static let ofKeys = ofAccounts.filter { $0 != .freeSpendPerMonth }
}

extension JSONWriter {
    /// Every limit by its name, `null` where there is none.
    mutating func members(_ limits: Limits, of kinds: [LimitKind]) {
        for kind in kinds { member(kind.adminName, optional: limits[kind]) }
    }

    /// Where limits stand whose windows are under way.
    mutating func member(standing: [LimitStatus]) {
        name("standing")
        beginArray()
        for status in standing {
            beginObject()
            member("limit", status.kind.adminName)
            member("ceiling", status.ceiling)
            member("used", status.used)
            member("reserved", status.leased)
            member("window_start", optional: status.windowStart == 0 ? nil : UTCTime.text(status.windowStart))
            endObject()
        }
        endArray()
    }

    /// A time of RFC 3339, or `null`.
    mutating func member(_ name: String, time: Int64?) { member(name, optional: time.map(UTCTime.text)) }
}
