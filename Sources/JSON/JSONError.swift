/// Why a text is not a JSON document this process accepts.
public struct JSONError: Error, Sendable, Hashable, CustomStringConvertible {
    public struct Code: Hashable, Sendable {
        enum Base: Hashable, Sendable { case malformed, tooDeep, tooManyValues, tooLong }
        let base: Base
        /// The text breaks the grammar of RFC 8259 or is not UTF-8.
        public static let malformed = Self(base: .malformed)
        /// More nested arrays and objects than ``JSONLimits/maximumDepth``.
        public static let tooDeep = Self(base: .tooDeep)
        /// More values than ``JSONLimits/maximumValues``.
        public static let tooManyValues = Self(base: .tooManyValues)
        /// More bytes than a document can address.
        public static let tooLong = Self(base: .tooLong)
    }
    public let code: Code
    /// Bytes from the start of the text to where it went wrong.
    public let offset: Int
    public let message: String

    public var description: String { "\(message) at byte \(offset)" }
}

/// Bounds on a document from outside.
public struct JSONLimits: Sendable {
    /// Nested arrays and objects.
    public var maximumDepth = 64
    /// Values in all, names of members included.
    public var maximumValues = 1_000_000
    public init() {}
}
