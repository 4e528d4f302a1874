import Testing

@testable import Subnets

@Suite("Answer similarity") struct AnswerSimilarityTests {
    @Test("is 1 for the same words, 0 for none shared, and symmetric") func bounds() {
        #expect(AnswerSimilarity.dice("The cat sat.", "the cat sat") == 1)
        #expect(AnswerSimilarity.dice("alpha", "beta") == 0)
        #expect(AnswerSimilarity.dice("", "") == 1)
        let one = AnswerSimilarity.dice("a b c d", "a b x y")
        #expect(one == AnswerSimilarity.dice("a b x y", "a b c d"))
        #expect(one > 0 && one < 1)
    }
}

@Suite("Answer ranker") struct AnswerRankerTests {
    private func entry(_ number: UInt8, _ text: String, weight: Double = 1, coldkey: UInt8? = nil) throws
        -> AnswerRanker.Entry
    {
        AnswerRanker.Entry(
            choice: DispatchPlan.Choice(candidate: try .fixture(number, coldkey: coldkey), weight: weight),
            answer: CompletionDelta(content: text, finishReason: .stop))
    }

    @Test("prefers the answer that others agree with") func agreement() throws {
        let entries = [
            try entry(1, "Paris is the capital of France"), try entry(2, "bananas are yellow"),
            try entry(3, "The capital of France is Paris"),
        ]
        #expect(AnswerRanker().best(of: entries) != 1)
    }

    @Test("lets the miner's standing decide between equals") func standing() throws {
        let entries = [try entry(1, "42", weight: 0.1), try entry(2, "42", weight: 0.9)]
        #expect(AnswerRanker().best(of: entries) == 1)
    }

    @Test("counts one coldkey once") func coldkeys() throws {
        let crowd = try (1...3).map { try entry(UInt8($0), "copy copy", coldkey: 9) }
        #expect(AnswerRanker().agreements(of: crowd).allSatisfy { $0 == nil })
    }

    @Test("counts identical answers once") func identical() throws {
        let entries = [try entry(1, "a b c"), try entry(2, "x y z"), try entry(3, "x y z"), try entry(4, "a b d")]
        let agreement = try #require(AnswerRanker().agreements(of: entries)[0])
        #expect(abs(agreement - AnswerSimilarity.dice("a b c", "a b d") / 2) < 1e-9)
    }

    @Test("has no best of nothing") func empty() {
        #expect(AnswerRanker().best(of: []) == nil)
    }
}
