public import Substrate

/// Why a subnet could not be read or weights could not be made or set.
///
/// What the chain client itself fails with passes through as `SubstrateError`.
public struct SubtensorError: Error, Sendable, CustomStringConvertible {
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        enum Base: String, Hashable, Sendable {
            case subnetNotFound, unexpectedShape, runtimeLacks, commitRevealRequired
            case invalidWeights, tooFewWeights
            case refused, tooSoon, notRegistered, notEnoughStake, notEnoughBalance, noValidatorPermit
            case wrongVersionKey, commitRevealDisabled, invalidRevealRound, commitNotFound, notInRevealRange
            case tooManyCommits, invalidAxon, alreadyRegistered, registrationClosed, costTooHigh, timelockFailed
        }
        let base: Base
        /// The chain has no subnet of this netuid.
        public static let subnetNotFound = Self(base: .subnetNotFound)
        /// The runtime's answer lacks a field that cannot be done without, or has it in another shape.
        public static let unexpectedShape = Self(base: .unexpectedShape)
        /// The runtime has none of the ways known here to do this.
        public static let runtimeLacks = Self(base: .runtimeLacks)
        /// The subnet takes weights only as commits, and none can be made.
        public static let commitRevealRequired = Self(base: .commitRevealRequired)
        /// Scores that are negative, not finite, or given twice for one UID.
        public static let invalidWeights = Self(base: .invalidWeights)
        /// Fewer weights than the subnet takes.
        public static let tooFewWeights = Self(base: .tooFewWeights)

        // What the chain refuses, whether at submission or in the block; ``SubtensorError/refusal`` has its name.

        /// For a reason that has no code of its own here.
        public static let refused = Self(base: .refused)
        /// Within a rate limit.
        public static let tooSoon = Self(base: .tooSoon)
        /// The hotkey is not registered in the subnet.
        public static let notRegistered = Self(base: .notRegistered)
        public static let notEnoughStake = Self(base: .notEnoughStake)
        public static let notEnoughBalance = Self(base: .notEnoughBalance)
        public static let noValidatorPermit = Self(base: .noValidatorPermit)
        /// The version key is lower than the subnet's.
        public static let wrongVersionKey = Self(base: .wrongVersionKey)
        /// The subnet takes weights plainly, not as commits.
        public static let commitRevealDisabled = Self(base: .commitRevealDisabled)
        public static let invalidRevealRound = Self(base: .invalidRevealRound)
        public static let commitNotFound = Self(base: .commitNotFound)
        /// Too early or too late to reveal.
        public static let notInRevealRange = Self(base: .notInRevealRange)
        public static let tooManyCommits = Self(base: .tooManyCommits)
        /// An address or port that the chain does not publish.
        public static let invalidAxon = Self(base: .invalidAxon)
        public static let alreadyRegistered = Self(base: .alreadyRegistered)
        public static let registrationClosed = Self(base: .registrationClosed)
        /// A registration costs more than the caller's limit.
        public static let costTooHigh = Self(base: .costTooHigh)
        /// Weights could not be sealed.
        public static let timelockFailed = Self(base: .timelockFailed)

        public var description: String { base.rawValue }
    }

    /// Whose fault it is: the caller's value, or the chain's answer.
    public enum Source: String, Sendable { case caller, chain }

    public let code: Code
    public let source: Source
    /// Whether the same call may succeed later.
    public let isRetryable: Bool
    public let message: String
    public let cause: (any Error)?
    /// The chain's own name for why it refused a call, with its meaning.
    public var refusal: DispatchFailure? { (cause as? SubstrateError)?.failure }
    public var description: String {
        // A refusal's message says what its cause does.
        if refusal != nil, let endpoint = (cause as? SubstrateError)?.endpoint {
            return "\(message); endpoint \(endpoint)"
        }
        return cause.map { "\(message); cause: \($0)" } ?? message
    }

    init(
        _ code: Code, _ message: String, source: Source = .chain, isRetryable: Bool = false,
        cause: (any Error)? = nil
    ) {
        self.code = code
        self.source = source
        self.isRetryable = isRetryable
        self.message = message
        self.cause = cause
    }
}
