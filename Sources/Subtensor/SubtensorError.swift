/// Why a subnet could not be read or weights could not be made or set.
///
/// What the chain client itself fails with passes through as `SubstrateError`.
public struct SubtensorError: Error, Sendable, CustomStringConvertible {
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        enum Base: String, Hashable, Sendable {
            case subnetNotFound, unexpectedShape, runtimeLacks, commitRevealRequired
            case invalidWeights, tooFewWeights
        }
        let base: Base
        /// The chain has no subnet of this netuid.
        public static let subnetNotFound = Self(base: .subnetNotFound)
        /// The runtime's answer lacks a field that cannot be done without, or has it in another shape.
        public static let unexpectedShape = Self(base: .unexpectedShape)
        /// The runtime has none of the ways known here to do this.
        public static let runtimeLacks = Self(base: .runtimeLacks)
        /// The subnet takes weights only as timelocked commits.
        public static let commitRevealRequired = Self(base: .commitRevealRequired)
        /// Scores that are negative, not finite, or given twice for one UID.
        public static let invalidWeights = Self(base: .invalidWeights)
        /// Fewer weights than the subnet takes.
        public static let tooFewWeights = Self(base: .tooFewWeights)

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
    public var description: String { cause.map { "\(message); cause: \($0)" } ?? message }

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
