import NIOCore

/// How often something may happen: a burst at once, then so many per second.
struct TokenBucket {
    private let burst: Double
    private let perSecond: Double
    private var tokens: Double
    private var filledAt: NIODeadline?

    init(burst: Int, perSecond: Int) {
        self.burst = Double(burst)
        self.perSecond = Double(perSecond)
        tokens = Double(burst)
    }

    /// Takes `count` tokens out.
    ///
    /// - Returns: false when there were not so many.
    mutating func take(_ count: Int, at now: NIODeadline) -> Bool {
        if let filledAt, now > filledAt {
            let seconds = Double((now - filledAt).nanoseconds) / 1e9
            tokens = min(burst, tokens + seconds * perSecond)
        }
        filledAt = now
        tokens -= Double(count)
        return tokens >= 0
    }

    /// Puts tokens in, for frames that this side called forth.
    mutating func credit(_ count: Int) {
        tokens = min(burst, tokens + Double(count))
    }
}
