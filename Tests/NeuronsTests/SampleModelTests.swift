import JSON
import NIOCore
import Testing

@testable import Neurons

@Suite("Sample model") struct SampleModelTests {
    private func prompt(_ question: String, more: String = "") throws -> ModelPrompt {
        var writer = JSONWriter()
        writer.string(question)
        let body = "{\"messages\":[{\"role\":\"user\",\"content\":\(String(buffer: writer.buffer))}]\(more)}"
        return try ModelPrompt(try JSONDocument(parsing: body).root)
    }

    private func model(_ change: (inout SampleModel.Configuration) -> Void = { _ in }) -> SampleModel {
        var configuration = SampleModel.Configuration()
        change(&configuration)
        return SampleModel(configuration: configuration)
    }

    @Test(
        "calculates",
        arguments: [
            (question: "What is 17 + 25?", answer: "42"), (question: "Compute 12*7", answer: "84"),
            (question: "what's 3 times 4 minus 5", answer: "7"), (question: "2 + 3 * 4", answer: "14"),
            (question: "8 divided by 2 plus 1?", answer: "5"), (question: "10 / 4", answer: "2.5"),
            (question: "-3 + 5", answer: "2"), (question: "7 - -2", answer: "9"),
            (question: "1,000 + 24", answer: "1024"),
            (question: "3x4", answer: "12"), (question: "1/3 + 1/6", answer: "0.5"),
            (question: "100 − 58", answer: "42"),
        ])
    func arithmetic(question: String, answer: String) throws {
        #expect(model().text(for: try prompt(question)) == answer)
    }

    @Test(
        "finds no calculation where there is none, or where it does not fit",
        arguments: [
            "There are 3 miners", "What is 2.5 * 4?", "9223372036854775807 + 1", "4 / 0", "", "plus 3", "5 +",
            "9223372036854775807 * 9223372036854775807 * 2",
        ])
    func noArithmetic(question: String) { #expect(Arithmetic.result(in: question) == nil) }

    @Test(
        "does tasks on words and letters",
        arguments: [
            (request: "Reverse the word: stressed", answer: "desserts"),
            (request: "Please reverse the words in \"one two three\"", answer: "three two one"),
            (request: "Sort these numbers: 10, 9, 2", answer: "2, 9, 10"),
            (request: "Sort: pear apple fig", answer: "apple fig pear"),
            (request: "Sort the letters of banana", answer: "aaabnn"),
            (request: "Count the words in \"a b  c\"", answer: "3"),
            (request: "How many letter r's: count the letter r in \"strawberry\"", answer: "3"),
            (request: "How many r's are in strawberry?", answer: "3"),
            (request: "Repeat after me: hello there", answer: "hello there"),
            (request: "Say \"hi\" three times", answer: "hi hi hi"), (request: "Repeat hi twice", answer: "hi hi"),
            (request: "Uppercase: abc", answer: "ABC"),
        ])
    func tasks(request: String, answer: String) throws {
        #expect(model().text(for: try prompt(request)) == answer)
    }

    @Test("answers other prompts with text, the same from every instance, another one for another seed")
    func text() throws {
        let question = "Tell me about miners"
        let text = model().text(for: try prompt(question))
        #expect(text.split(separator: " ").count > 5)
        #expect(model { $0.seed = 7 }.text(for: try prompt(question)) == text)
        let others = try (1...5).map { model().text(for: try prompt(question, more: ",\"seed\":\($0)")) }
        #expect(Set(others).count > 1)
    }

    @Test("is wrong as often as its quality says, and on other prompts for another seed")
    func quality() throws {
        let prompts = try (0..<400).map { (try prompt("What is \($0) + 1?"), String($0 + 1)) }
        func wrong(_ model: SampleModel) -> [Int] {
            prompts.indices.filter { model.text(for: prompts[$0].0) != prompts[$0].1 }
        }
        let first = wrong(model { $0.quality = 0.7 })
        #expect((80...160).contains(first.count))
        #expect(first == wrong(model { $0.quality = 0.7 }))
        #expect(first != wrong(model { ($0.quality, $0.seed) = (0.7, 9) }))
        #expect(wrong(model { $0.quality = 0 }).count == 400)
    }

    @Test("stops at the maximum of tokens")
    func maximumTokens() async throws {
        var pieces: [String] = []
        let ending = try await model().complete(try prompt("Repeat: a b c d e", more: ",\"max_tokens\":3")) {
            pieces.append($0)
        }
        #expect(pieces == ["a", " b", " c"])
        #expect(ending == ModelEnding(reason: .length, promptTokens: 6, completionTokens: 3))
    }

    @Test("fails as often as it is told to")
    func failures() async throws {
        let model = model { $0.failureProbability = 0.5 }
        var failures = 0
        for _ in 0..<200 {
            do { _ = try await model.embed(["a"], dimensions: 2) } catch is NeuronError { failures += 1 }
        }
        #expect((60...140).contains(failures))
    }

    @Test("embeds similar texts close together, with length 1")
    func embeddings() async throws {
        let vectors = try await model().embed(
            ["miners answer questions", "a miner answered the question", "blue cheese on bread", ""], dimensions: 512)
        func product(_ left: Int, _ right: Int) -> Float { zip(vectors[left], vectors[right]).map(*).reduce(0, +) }
        for vector in vectors { #expect(abs(vector.map { $0 * $0 }.reduce(0, +) - 1) < 1e-4) }
        #expect(product(0, 1) > 0.3)
        #expect(product(0, 1) > product(0, 2) + 0.2)
        await #expect(throws: NeuronError.self) { try await model().embed(["a"], dimensions: 0) }
        await #expect(throws: NeuronError.self) { try await model().embed(["a"], dimensions: 1 << 40) }
    }

    @Test(
        "refuses a body that is no chat",
        arguments: [
            "{}", #"{"messages":[]}"#, #"{"messages":[1]}"#, #"{"messages":[{"content":"x"}]}"#,
            #"{"messages":[{"role":"user","content":"x"}],"max_tokens":"5"}"#,
            #"{"messages":[{"role":"user","content":"x"}],"max_tokens":0}"#,
        ])
    func refused(body: String) {
        #expect(throws: NeuronError.self) { try ModelPrompt(try JSONDocument(parsing: body).root) }
    }
}
