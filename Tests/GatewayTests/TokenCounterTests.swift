import Testing

@testable import Gateway

@Suite("Token counter") struct TokenCounterTests {
    @Test(
        "counts words, numbers and signs",
        arguments: [
            ("", 0), ("hello", 1), ("hello world", 2), ("internationalisation", 3), ("12345", 2), ("a, b.", 4),
            ("漢字", 2),
            ("😀", 2), ("\n\n", 1), ("a\nb", 3),
        ])
    func counts(text: String, tokens: Int) {
        #expect(TokenCounter.count(text) == tokens)
    }

    @Test("gives the same count however a text is cut") func chunks() {
        let text = "The quick brown fox, 12345 times — naïve 漢字 😀!\n\n  Four    spaces."
        let whole = TokenCounter.count(text)
        for size in 1...9 {
            var counter = TokenCounter()
            var rest = text[...]
            while !rest.isEmpty {
                counter.add(String(rest.prefix(size)))
                rest = rest.dropFirst(size)
            }
            #expect(counter.count == whole)
        }
    }
}
