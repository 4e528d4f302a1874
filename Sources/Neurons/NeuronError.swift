/// Why a miner gave no answer, or why this process can't ask or answer.
public struct NeuronError: Error, Sendable {
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        enum Base: String, Hashable, Sendable { case refused, malformedAnswer, invalidRequest, modelFailed }
        let base: Base
        /// The miner answered with a status that is no success; see ``NeuronError/status``.
        public static let refused = Self(base: .refused)
        /// What the miner sent is not an answer.
        public static let malformedAnswer = Self(base: .malformedAnswer)
        /// The request cannot be put into the dialect's form.
        public static let invalidRequest = Self(base: .invalidRequest)
        /// The model behind an axon could not answer.
        public static let modelFailed = Self(base: .modelFailed)

        public var description: String { base.rawValue }
    }

    /// Whose fault it is.
    public enum Source: Sendable { case upstream, gateway }

    public let code: Code
    /// The HTTP status of a refusal, or the status that the axon put into its headers.
    public let status: Int?
    public let source: Source
    /// Whether another attempt, at another miner, may succeed.
    public let isRetryable: Bool
    /// For operators. Of a miner's words at most ``maximumMessageLength`` characters, none of them a control character.
    public let message: String
    public let cause: (any Error)?

    static let maximumMessageLength = 256

    init(
        _ code: Code, status: Int? = nil, source: Source = .upstream, isRetryable: Bool = true, _ message: String,
        cause: (any Error)? = nil
    ) {
        self.code = code
        self.status = status
        self.source = source
        self.isRetryable = isRetryable
        self.message = message
        self.cause = cause
    }

    /// What a miner said, made harmless for logs: bounded and without control characters.
    static func quoted(_ text: some StringProtocol, maximumLength: Int = maximumMessageLength) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.prefix(maximumLength).map { $0.isPythonPrintable ? $0 : " " }))
    }
}

extension NeuronError: CustomStringConvertible {
    public var description: String { status.map { "\(code) \($0): \(message)" } ?? "\(code): \(message)" }
}
