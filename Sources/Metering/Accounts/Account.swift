/// Who pays: owns keys, limits that hold over all of them, and credit.
public struct Account: Sendable, Hashable {
    public var id: String
    public var name: String
    /// The plan whose limits and margin hold where the account has none of its own.
    public var plan: String?
    /// Its own, without the plan's.
    public var limits: Limits
    /// Its own, in hundredths of a percent on top of prices; nil is the plan's.
    public var marginBasisPoints: Int?
    /// Unix milliseconds.
    public var createdAt: Int64
    /// Unix milliseconds; nil while its keys work.
    public var closedAt: Int64?
    /// Where the limits stand whose windows are under way.
    public var standing: [LimitStatus]
    /// What it was charged in all, as far as it is uploaded.
    public var spent: MicroUnits

    /// What was paid in and not spent, reserved amounts taken off; nil for one that does not pay in advance.
    public var creditLeft: MicroUnits? {
        standing.first { $0.kind == .credit }.map { MicroUnits(max(0, $0.ceiling - $0.used - $0.leased)) }
    }
}

/// A named set of limits and a margin for the accounts on it.
public struct Plan: Sendable, Hashable {
    public var id: String
    public var limits: Limits
    /// In hundredths of a percent on top of prices; below zero is a discount.
    public var marginBasisPoints: Int

    public init(id: String, limits: Limits = [:], marginBasisPoints: Int = 0) {
        self.id = id
        self.limits = limits
        self.marginBasisPoints = marginBasisPoints
    }

    static let margins = -10_000...1_000_000
}

/// Money that was paid in, or taken back.
public struct CreditEntry: Sendable, Hashable {
    /// The payer's own id of the payment: the same one again changes nothing.
    public let id: String
    public let account: String
    /// Below zero takes back.
    public let amount: MicroUnits
    public let reason: String
    /// Unix milliseconds.
    public let createdAt: Int64
}
