/// Why a request was not admitted, or a key, store or spool could not be used.
public struct MeteringError: Error, Sendable, CustomStringConvertible {
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        enum Base: String, Hashable, Sendable {
            case malformedKey, unknownKey, keyExpired, keyRevoked
            case rateLimited, budgetExhausted, amountOutOfRange, invalidRequest, notFound, conflict
            case storeUnavailable, storeRefused, schemaTooNew, spoolFull, stateDirectoryInUse, stateDirectoryUnusable
        }
        let base: Base
        public var description: String { base.rawValue }

        public static let malformedKey = Self(base: .malformedKey)
        public static let unknownKey = Self(base: .unknownKey)
        public static let keyExpired = Self(base: .keyExpired)
        public static let keyRevoked = Self(base: .keyRevoked)
        public static let rateLimited = Self(base: .rateLimited)
        public static let budgetExhausted = Self(base: .budgetExhausted)
        public static let amountOutOfRange = Self(base: .amountOutOfRange)
        public static let invalidRequest = Self(base: .invalidRequest)
        /// No account, key or plan has the id that was named.
        public static let notFound = Self(base: .notFound)
        /// What is asked for does not go with what is there: an id that is taken, a key that is revoked.
        public static let conflict = Self(base: .conflict)
        /// The database can't be reached and what is asked can't be known without it.
        public static let storeUnavailable = Self(base: .storeUnavailable)
        /// The database answered, and refused: permissions, a full disk, a broken statement.
        public static let storeRefused = Self(base: .storeRefused)
        /// The database was migrated by a newer Thalamus than this one.
        public static let schemaTooNew = Self(base: .schemaTooNew)
        /// The state directory has no room for what this request would leave in it.
        public static let spoolFull = Self(base: .spoolFull)
        /// Another running process uses the state directory.
        public static let stateDirectoryInUse = Self(base: .stateDirectoryInUse)
        public static let stateDirectoryUnusable = Self(base: .stateDirectoryUnusable)
    }

    public enum Source: Sendable { case downstream, gateway }

    public let code: Code
    public let source: Source
    /// The same request may be admitted later.
    public let isRetryable: Bool
    /// For operators; holds no secret and no parameter of a statement.
    public let message: String
    /// When to come back, for `rateLimited` and `storeUnavailable`.
    public let retryAfter: Duration?
    /// The limit that has no room, for `rateLimited` and `budgetExhausted`.
    public let limit: LimitKind?
    /// Where that limit stands.
    public let rate: RateStatus?
    public let cause: (any Error)?

    public init(
        _ code: Code, source: Source, isRetryable: Bool = false, message: String, retryAfter: Duration? = nil,
        limit: LimitKind? = nil, rate: RateStatus? = nil, cause: (any Error)? = nil
    ) {
        self.code = code
        self.source = source
        self.isRetryable = isRetryable
        self.message = message
        self.retryAfter = retryAfter
        self.limit = limit
        self.rate = rate
        self.cause = cause
    }

    /// For operators: what a caller may read is ``message``.
    public var description: String { cause.map { "\(code): \(message): \($0)" } ?? "\(code): \(message)" }
}

extension MeteringError {
    static let malformedKey = MeteringError(.malformedKey, source: .downstream, message: "not the form of an API key")
    static let unknownKey = MeteringError(.unknownKey, source: .downstream, message: "no such API key")
    static let keyExpired = MeteringError(.keyExpired, source: .downstream, message: "the API key has expired")
    static let keyRevoked = MeteringError(.keyRevoked, source: .downstream, message: "the API key was revoked")
    static let amountOutOfRange = MeteringError(
        .amountOutOfRange, source: .downstream, message: "an amount of money is negative, malformed or too large")

    /// A request that a limit has no room for.
    static func refused(_ kind: LimitKind, isAccounts: Bool, _ status: RateStatus) -> MeteringError {
        let owner = isAccounts ? "account" : "key"
        let code: Code
        let message: String
        var retryAfter: Duration? = status.resetsAfter
        switch kind {
        case .requestsPerMinute: (code, message) = (.rateLimited, "the \(owner)'s requests per minute are used up")
        case .tokensPerMinute: (code, message) = (.rateLimited, "the \(owner)'s tokens per minute are used up")
        case .requestsPerDay: (code, message) = (.rateLimited, "the \(owner)'s requests per day are used up")
        case .tokensPerDay: (code, message) = (.rateLimited, "the \(owner)'s tokens per day are used up")
        case .concurrentRequests:
            (code, message) = (.rateLimited, "the \(owner) has as many requests under way as it may")
            retryAfter = .seconds(1)
        case .spendPerDay, .spendPerMonth, .spend, .freeSpendPerMonth:
            let budget = kind == .spendPerDay ? "daily budget" : kind == .spend ? "budget" : "monthly budget"
            (code, message) = (.budgetExhausted, "what is left of the \(owner)'s \(budget) does not cover the request")
        case .credit:
            (code, message) = (.budgetExhausted, "what is left of the account's credit does not cover the request")
        }
        let isTimed = code == .rateLimited
        return MeteringError(
            code, source: .downstream, isRetryable: isTimed, message: message, retryAfter: isTimed ? retryAfter : nil,
            limit: kind, rate: status)
    }

    static func storeUnavailable(_ cause: (any Error)? = nil) -> MeteringError {
        MeteringError(
            .storeUnavailable, source: .gateway, isRetryable: true, message: "the metering database can't be reached",
            retryAfter: .seconds(2), cause: cause)
    }
}
