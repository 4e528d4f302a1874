internal import Signing
internal import Subtensor

/// Compares the answers that several miners gave to one request.
public struct AnswerRanker: Sendable {
    /// A whole answer and who gave it.
    public struct Entry: Sendable {
        public let choice: DispatchPlan.Choice
        public let answer: CompletionDelta
        public init(choice: DispatchPlan.Choice, answer: CompletionDelta) {
            self.choice = choice
            self.answer = answer
        }
    }

    /// How far each part counts in ``best(of:)``.
    static let agreementShare = 0.5
    static let standingShare = 0.4
    static let completenessShare = 0.1

    public init() {}

    /// How like the others' answers each one is, 0...1.
    ///
    /// Answers from one coldkey count once, and so do answers of the same bytes: a crowd of copies is one voice.
    ///
    /// - Returns: one value per entry; nil where no independent answer is there to compare with.
    public func agreements(of entries: [Entry]) -> [Double?] {
        entries.indices.map { index in
            var voices: [String: Double] = [:]
            var coldkeys: Set<Coldkey> = [entries[index].choice.candidate.neuron.coldkey]
            for other in entries.indices where other != index {
                guard coldkeys.insert(entries[other].choice.candidate.neuron.coldkey).inserted else { continue }
                let text = entries[other].answer.content
                if voices[text] == nil { voices[text] = AnswerSimilarity.dice(entries[index].answer.content, text) }
            }
            return voices.isEmpty ? nil : voices.values.reduce(0, +) / Double(voices.count)
        }
    }

    /// The index of the best answer: agreement with the others, the miner's standing, and whether it came to an end.
    public func best(of entries: [Entry]) -> Int? {
        let agreements = agreements(of: entries)
        let highest = entries.map(\.choice.weight).max() ?? 0
        func score(_ index: Int) -> Double {
            let standing = highest > 0 ? entries[index].choice.weight / highest : 0
            let isComplete = entries[index].answer.finishReason != .length
            return Self.agreementShare * (agreements[index] ?? 0.5) + Self.standingShare * standing
                + (isComplete ? Self.completenessShare : 0)
        }
        return entries.indices.max { score($0) < score($1) }
    }
}
