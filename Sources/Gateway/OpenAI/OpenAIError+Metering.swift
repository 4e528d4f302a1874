internal import Metering
internal import NIOHTTP1

extension OpenAIError {
    /// What is wrong with a key, a limit or a budget.
    init(_ error: MeteringError) {
        switch error.code {
        case .malformedKey, .unknownKey, .keyRevoked:
            self.init(
                .unauthorized, .invalidRequest, code: "invalid_api_key", "Incorrect API key provided.",
                headers: ["www-authenticate": "Bearer"])
        case .keyExpired:
            self.init(
                .unauthorized, .invalidRequest, code: "api_key_expired", "The API key has expired.",
                headers: ["www-authenticate": "Bearer"])
        case .rateLimited: self.init(rateLimit: error)
        case .budgetExhausted:
            self.init(
                .tooManyRequests, .insufficientQuota, code: "insufficient_quota",
                Self.budgetMessage(error),
                headers: ["x-should-retry": "false"])
        case .amountOutOfRange:
            self.init(.badRequest, .invalidRequest, code: "invalid_value", "The request's price is out of range.")
        case .invalidRequest where error.source == .downstream:
            self.init(
                .badRequest, .invalidRequest, code: "invalid_value", "The request is not valid: \(error.message).")
        default:
            self.init(
                .serviceUnavailable, .server, code: "metering_unavailable",
                "The gateway can't account for this request right now. Try again shortly.",
                headers: ["retry-after": "2"])
        }
    }

    private init(rateLimit error: MeteringError) {
        let seconds = max(
            1, error.retryAfter.map { $0.components.seconds + ($0.components.attoseconds > 0 ? 1 : 0) } ?? 1)
        // Clients give up on a longer wait than two minutes; a day's limit is such a wait.
        var headers: HTTPHeaders = ["retry-after": "\(seconds)"]
        if seconds > 120 { headers.add(name: "x-should-retry", value: "false") }
        let isOfTokens = error.limit == .tokensPerMinute || error.limit == .tokensPerDay
        if let rate = error.rate, error.limit != .concurrentRequests {
            headers.add(contentsOf: rate.headers(of: isOfTokens ? "tokens" : "requests"))
        }
        let limit = error.rate.map { " (\($0.limit))" } ?? ""
        self.init(
            .tooManyRequests, isOfTokens ? .tokens : .requests, code: "rate_limit_exceeded",
            "Rate limit reached: \(error.message)\(limit). Try again in \(seconds)s.", headers: headers)
    }

    private static func budgetMessage(_ error: MeteringError) -> String {
        let advice = error.limit == .credit ? "Top up the credit" : "Raise the budget"
        return "Not enough is left: \(error.message). \(advice) or lower `max_tokens`."
    }
}

extension RateStatus {
    /// `x-ratelimit-*`, as OpenAI names them.
    ///
    /// - Parameter unit: `requests` or `tokens`.
    func headers(of unit: String) -> HTTPHeaders {
        [
            "x-ratelimit-limit-\(unit)": "\(limit)", "x-ratelimit-remaining-\(unit)": "\(remaining)",
            "x-ratelimit-reset-\(unit)": "\(resetSeconds)s",
        ]
    }
}
