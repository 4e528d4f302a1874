/// Why no miner's answer reached the caller.
public struct DispatchError: Error, Sendable, CustomStringConvertible {
    public struct Code: Hashable, Sendable {
        enum Base: Hashable, Sendable {
            case noEligibleMiners, allAttemptsFailed, timedOut, malformedAnswer, answerTooLarge, unsupported
        }
        let base: Base
        /// The subnet has no miner that may be dialled and whose breaker is closed.
        public static let noEligibleMiners = Self(base: .noEligibleMiners)
        public static let allAttemptsFailed = Self(base: .allAttemptsFailed)
        /// The request's deadline passed.
        public static let timedOut = Self(base: .timedOut)
        /// A miner answered something that is not an answer to the task.
        public static let malformedAnswer = Self(base: .malformedAnswer)
        public static let answerTooLarge = Self(base: .answerTooLarge)
        /// The subnet can't do what was asked.
        public static let unsupported = Self(base: .unsupported)
    }
    public enum Source: Sendable { case downstream, upstream, chain, gateway }

    public let code: Code
    public let source: Source
    public let isRetryable: Bool
    public let message: String
    public let cause: (any Error)?

    init(
        _ code: Code, source: Source = .upstream, isRetryable: Bool = true, _ message: String, cause: (any Error)? = nil
    ) {
        self.code = code
        self.source = source
        self.isRetryable = isRetryable
        self.message = message
        self.cause = cause
    }

    public var description: String { cause.map { "\(message): \($0)" } ?? message }
}
