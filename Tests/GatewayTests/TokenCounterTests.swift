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

    @Test("takes as much of a text as fits a limit") func limited() {
        let text = "The quick brown fox, 12345 times — naïve 漢字 😀!\n\n  Four    spaces."
        let whole = TokenCounter.count(text)
        for limit in 0...whole + 1 {
            for size in [1, 3, 1_000] {
                var counter = TokenCounter()
                var taken = ""
                var rest = text[...]
                while !rest.isEmpty {
                    let piece = String(rest.prefix(size))
                    let part = counter.add(piece, upTo: limit)
                    taken += part
                    if part != piece { break }
                    rest = rest.dropFirst(size)
                }
                #expect(text.hasPrefix(taken))
                #expect(counter.count == TokenCounter.count(taken) && counter.count <= limit)
                #expect(taken == text || TokenCounter.count(text) > limit)
            }
        }
    }
}
