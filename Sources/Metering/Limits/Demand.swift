/// The most that one request takes of any limit.
struct Demand: Hashable, Sendable {
    /// Of prompt and answer together.
    var tokens: Int64
    /// Micro-units.
    var money: Int64

    func amount(of kind: LimitKind) -> Int64 {
        switch kind.measure {
        case .requests, .slots: 1
        case .tokens: tokens
        case .money: money
        }
    }
}

/// What one request has taken in the end.
struct Outcome: Hashable, Sendable {
    /// Zero for a request without a ledger row.
    var requests: Int64
    var tokens: Int64
    var money: Int64

    static let released = Outcome(requests: 0, tokens: 0, money: 0)

    func clamped(to demand: Demand) -> Outcome {
        Outcome(requests: requests, tokens: min(tokens, demand.tokens), money: min(money, demand.money))
    }

    func amount(of kind: LimitKind) -> Int64 {
        switch kind.measure {
        case .requests: requests
        case .tokens: tokens
        case .money: money
        case .slots: 0
        }
    }
}

/// Which limits a request was admitted by and holds a lease of: they are charged when its usage is uploaded.
struct LeasedLimits: Hashable, Sendable {
    var account: UInt16 = 0
    var key: UInt16 = 0

    /// Its price is paid from the account's free quota.
    var isFree: Bool { account & LimitKind.freeSpendPerMonth.bit != 0 }
}
