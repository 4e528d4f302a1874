/// Where a key stands in its current one-minute window, for `x-ratelimit-*` headers.
public struct RateStatus: Hashable, Sendable {
    /// Requests per minute.
    public let limit: Int
    /// Requests left in the window as far as this replica knows: other replicas' latest may be missing.
    public let remaining: Int
    /// Until the window ends and the count starts anew.
    public let resetsAfter: Duration

    /// ``resetsAfter`` in whole seconds, rounded up and at least 1.
    public var resetSeconds: Int {
        let (seconds, attoseconds) = resetsAfter.components
        return max(1, Int(clamping: attoseconds > 0 ? seconds + 1 : seconds))
    }

    public init(limit: Int, remaining: Int, resetsAfter: Duration) {
        self.limit = limit
        self.remaining = remaining
        self.resetsAfter = resetsAfter
    }
}
