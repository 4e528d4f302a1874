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
                "The key's budget does not cover this request. Raise the budget or lower `max_tokens`.",
                headers: ["x-should-retry": "false"])
        case .amountOutOfRange:
            self.init(.badRequest, .invalidRequest, code: "invalid_value", "The request's price is out of range.")
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
        var message = "Rate limit reached for requests. Try again in \(seconds)s."
        var headers: HTTPHeaders = ["retry-after": "\(seconds)"]
        if let rate = error.rate {
            message = "Rate limit reached: \(rate.limit) requests per minute. Try again in \(seconds)s."
            headers.add(contentsOf: rate.headers)
        }
        self.init(.tooManyRequests, .requests, code: "rate_limit_exceeded", message, headers: headers)
    }
}

extension RateStatus {
    /// `x-ratelimit-*-requests`, as OpenAI names them.
    var headers: HTTPHeaders {
        let seconds = resetsAfter.components.seconds + (resetsAfter.components.attoseconds > 0 ? 1 : 0)
        return [
            "x-ratelimit-limit-requests": "\(limit)", "x-ratelimit-remaining-requests": "\(remaining)",
            "x-ratelimit-reset-requests": "\(seconds)s",
        ]
    }
}
