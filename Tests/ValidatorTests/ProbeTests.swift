import JSON
import Testing

@testable import Validator

@Suite("Probes") struct ProbeTests {
    @Test(
        "know their answer",
        arguments: [
            ("42", 1.0), ("The answer is 42.", 1), ("17 + 25 = 42", 1), ("43", 0), ("", 0), ("42 or 43", 0),
            ("forty-two", 0),
            ("-42", 0), ("1,042", 0),
        ])
    func correctness(text: String, expected: Double) {
        #expect(Probe(question: "What is 17 + 25?", answer: "42").correctness(of: text) == expected)
    }

    @Test("are a user's message with a sum that has the stated result") func sums() throws {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<50 {
            let probe = Probe.random(using: &generator)
            let message = try #require(try JSONDocument(parsing: probe.messages).root.elements.first { _ in true })
            #expect(message["content"]?.string == probe.question)
            #expect(probe.correctness(of: probe.answer) == 1)
        }
    }
}

@Suite("Scores") struct ScoreTests {
    private func score(correct: Double?, seconds: Double, answered: Bool = true) -> Score {
        var score = Score()
        for _ in 0..<20 {
            score.add(isAnswered: answered, latencySeconds: seconds, correctness: correct, agreement: nil)
        }
        return score
    }

    @Test("put right and fast before right and slow before wrong before silent") func order() {
        let fast = score(correct: 1, seconds: 0.05).value
        let slow = score(correct: 1, seconds: 2).value
        let wrong = score(correct: 0, seconds: 0.01).value
        let silent = score(correct: nil, seconds: 10, answered: false).value
        #expect(fast > slow && slow > wrong && wrong >= silent)
        #expect(wrong == 0 && silent == 0)
    }

    @Test("stay between 0 and 1") func bounds() {
        var score = Score()
        for _ in 0..<100 {
            score.add(isAnswered: .random(), latencySeconds: .random(in: -1...100), correctness: 5, agreement: .nan)
            #expect((0...1).contains(score.value))
        }
    }
}
