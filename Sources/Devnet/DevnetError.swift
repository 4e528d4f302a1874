/// Why the local chain could not start, or did not take what it was given.
public struct DevnetError: Error, Sendable {
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        enum Base: String, Hashable, Sendable { case invalidConfiguration, malformedExtrinsic, refused }
        let base: Base
        /// A configured value is out of range or contradicts another.
        public static let invalidConfiguration = Self(base: .invalidConfiguration)
        /// Bytes that are no extrinsic of this runtime.
        public static let malformedExtrinsic = Self(base: .malformedExtrinsic)
        /// The runtime does not allow what was asked.
        public static let refused = Self(base: .refused)

        public var description: String { base.rawValue }
    }

    /// Whose fault it is.
    public enum Source: String, Sendable { case caller }

    public let code: Code
    public let source: Source
    public let isRetryable: Bool
    public let message: String
    public let cause: (any Error)?

    init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        source = .caller
        isRetryable = false
        self.message = message
        self.cause = cause
    }
}

extension DevnetError: CustomStringConvertible {
    public var description: String { cause.map { "\(message); cause: \($0)" } ?? message }
}
