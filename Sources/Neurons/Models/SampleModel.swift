internal import NIOCore
internal import Signing
internal import Synchronization

/// A small model that really computes, for local networks and tests: arithmetic, tasks on words and letters, and
/// otherwise text from a chain of word pairs learnt from ``SampleCorpus``.
///
/// The same prompt gives the same text from every instance of full quality, so that consensus among miners means
/// something. Lower quality makes a fixed share of prompts come out wrong, other ones for another `seed`.
public final class SampleModel: MinerModel {
    /// How good and how fast the model is.
    public struct Configuration: Sendable {
        /// Share of prompts that are answered right, 0...1.
        public var quality = 1.0
        /// Before the first piece.
        public var latency: Duration = .zero
        /// Before every further piece.
        public var tokenDelay: Duration = .zero
        /// Share of requests that fail, 0...1.
        public var failureProbability = 0.0
        /// Which prompts come out wrong, and which requests fail.
        public var seed: UInt64 = 0

        public init() {}
    }

    public let name = "thalamus-sample"
    private let configuration: Configuration
    private let chain = WordChain(learning: SampleCorpus.sentences)
    private let requests = Atomic<UInt64>(0)

    /// Tokens of a text without a limit of its own.
    private static let defaultMaximumTokens = 96
    private static let defaultDimensions = 256
    private static let maximumDimensions = 4_096

    public init(configuration: Configuration = Configuration()) { self.configuration = configuration }

    public func complete(_ prompt: ModelPrompt, receive: (String) async throws -> Void) async throws -> ModelEnding {
        try await begin()
        let limit = prompt.maximumTokens ?? Int.max
        let pieces = Self.pieces(of: text(for: prompt))
        for (index, piece) in pieces.prefix(limit).enumerated() {
            if index > 0, configuration.tokenDelay > .zero { try await Task.sleep(for: configuration.tokenDelay) }
            try await receive(piece)
        }
        return ModelEnding(
            reason: pieces.count > limit ? .length : .stop,
            promptTokens: prompt.messages.reduce(0) { $0 + Self.pieces(of: $1.content).count },
            completionTokens: min(pieces.count, limit))
    }

    public func embed(_ inputs: [String], dimensions: Int?) async throws -> [[Float]] {
        let dimensions = dimensions ?? Self.defaultDimensions
        guard (1...Self.maximumDimensions).contains(dimensions) else {
            throw ModelPrompt.invalid("dimensions is not in 1...\(Self.maximumDimensions)")
        }
        try await begin()
        return inputs.map { input in
            let vector = TextEmbedding.vector(of: input, dimensions: dimensions)
            return isWrong(fingerprint(of: input)) ? vector.map { -$0 } : vector
        }
    }

    private func begin() async throws {
        let request = requests.wrappingAdd(1, ordering: .relaxed).newValue
        var dice = SplitMix64(state: configuration.seed &+ request &* 0x9E37_79B9_7F4A_7C15)
        if configuration.failureProbability > 0, dice.fraction() < configuration.failureProbability {
            throw NeuronError(.modelFailed, source: .gateway, "The sample model fails at times, as configured")
        }
        if configuration.latency > .zero { try await Task.sleep(for: configuration.latency) }
    }

    /// The whole answer. Deterministic.
    func text(for prompt: ModelPrompt) -> String {
        let question = prompt.question
        let conversation = prompt.messages.map { "\($0.role)\u{1f}\($0.content)" }.joined(separator: "\u{1e}")
        let fingerprint = fingerprint(of: "\(prompt.seed ?? 0)\u{1e}\(conversation)")
        let isWrong = isWrong(fingerprint)
        var dice = SplitMix64(state: fingerprint ^ (isWrong ? configuration.seed | 1 : 0))
        if let result = Arithmetic.result(in: question) {
            return isWrong ? Arithmetic.miss(result, by: Int(dice.next() % 90) + 1) : result
        }
        if let result = TextTask.result(of: question) {
            return isWrong ? TextTask.scramble(result, with: &dice) : result
        }
        let words = chain.continuation(of: question, maximumWords: Self.defaultMaximumTokens, with: &dice)
        return isWrong ? TextTask.scramble(words, with: &dice) : words
    }

    private func isWrong(_ fingerprint: UInt64) -> Bool {
        var dice = SplitMix64(state: fingerprint ^ configuration.seed &* 0x2545_F491_4F6C_DD1D)
        return dice.fraction() >= configuration.quality
    }

    private func fingerprint(of text: String) -> UInt64 {
        Hash.twox64(Array(text.utf8)).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The text in pieces of one word with the space before it; a word counts as a token.
    static func pieces(of text: String) -> [String] {
        var pieces: [String] = []
        var piece = ""
        for character in text {
            if character.isWhitespace, piece.contains(where: { !$0.isWhitespace }) {
                pieces.append(piece)
                piece = ""
            }
            piece.append(character)
        }
        if !piece.isEmpty { pieces.append(piece) }
        return pieces
    }
}
