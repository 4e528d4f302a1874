/// What a limit counts, and over which time.
///
/// The raw value is the name in the database, the API and the command line.
public enum LimitKind: String, Sendable, CaseIterable, Codable {
    /// Admitted requests, in calendar minutes.
    case requestsPerMinute = "requests_per_minute"
    /// Tokens of prompts and answers, in calendar minutes.
    case tokensPerMinute = "tokens_per_minute"
    /// Charged requests, in days of UTC.
    case requestsPerDay = "requests_per_day"
    /// Tokens of prompts and answers, in days of UTC.
    case tokensPerDay = "tokens_per_day"
    /// Requests under way at one time.
    case concurrentRequests = "concurrent_requests"
    /// Micro-units, in days of UTC.
    case spendPerDay = "spend_per_day"
    /// Micro-units, in calendar months of UTC.
    case spendPerMonth = "spend_per_month"
    /// Micro-units, in all.
    case spend = "spend"
    /// Micro-units paid in advance and not yet spent: not set, but topped up. Accounts only.
    case credit = "credit"
    /// Micro-units that cost nothing, in calendar months of UTC. Accounts only.
    case freeSpendPerMonth = "free_spend_per_month"

    /// What one request takes of it.
    enum Measure: Sendable { case requests, tokens, slots, money }

    var measure: Measure {
        switch self {
        case .requestsPerMinute, .requestsPerDay: .requests
        case .tokensPerMinute, .tokensPerDay: .tokens
        case .concurrentRequests: .slots
        case .spendPerDay, .spendPerMonth, .spend, .credit, .freeSpendPerMonth: .money
        }
    }

    public var period: Period {
        switch self {
        case .requestsPerMinute, .tokensPerMinute: .minute
        case .requestsPerDay, .tokensPerDay, .spendPerDay: .day
        case .spendPerMonth, .freeSpendPerMonth: .month
        case .concurrentRequests, .spend, .credit: .forever
        }
    }

    /// Taken from the window for good when granted, because a minute is too short to give anything back.
    var isGranted: Bool { period == .minute }

    /// The largest ceiling. Sums of many stay below `Int64.max`.
    public var largestCeiling: Int64 {
        switch measure {
        case .requests, .tokens: 1_000_000_000_000
        case .slots: 1_000_000
        case .money: MicroUnits.maximum.rawValue
        }
    }

    /// Its bit in a set of limits.
    var bit: UInt16 {
        switch self {
        case .requestsPerMinute: 1 << 0
        case .tokensPerMinute: 1 << 1
        case .requestsPerDay: 1 << 2
        case .tokensPerDay: 1 << 3
        case .concurrentRequests: 1 << 4
        case .spendPerDay: 1 << 5
        case .spendPerMonth: 1 << 6
        case .spend: 1 << 7
        case .credit: 1 << 8
        case .freeSpendPerMonth: 1 << 9
        }
    }
}
