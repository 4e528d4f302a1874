/// A Markov chain of order two over words, learnt from sentences.
struct WordChain: Sendable {
    private struct Pair: Hashable {
        let first: String
        let second: String
    }

    private var followers: [Pair: [String]] = [:]
    /// The first two words of each sentence.
    private var openings: [Pair] = []
    /// Openings of the sentences in which a word occurs.
    private var openingsByWord: [String: [Int]] = [:]

    init(learning sentences: [String]) {
        for sentence in sentences {
            let words = sentence.split(separator: " ").map(String.init)
            guard words.count > 2 else { continue }
            for word in Set(words.map(Self.key)) where word.count > 3 {
                openingsByWord[word, default: []].append(openings.count)
            }
            openings.append(Pair(first: words[0], second: words[1]))
            for index in 0..<(words.count - 2) {
                followers[Pair(first: words[index], second: words[index + 1]), default: []].append(words[index + 2])
            }
        }
    }

    /// Two to four sentences, the first ones about a word of the prompt if any is known.
    func continuation(of prompt: String, maximumWords: Int, with dice: inout SplitMix64) -> String {
        let topics = prompt.split { !$0.isLetter }.map { Self.key(String($0)) }.filter { openingsByWord[$0] != nil }
        let sentences = Int(dice.next() % 3) + 2
        var words: [String] = []
        for _ in 0..<sentences where words.count < maximumWords {
            words += sentence(about: topics.randomElement(using: &dice), with: &dice)
        }
        return words.prefix(maximumWords).joined(separator: " ")
    }

    private func sentence(about topic: String?, with dice: inout SplitMix64) -> [String] {
        let candidates = topic.flatMap { openingsByWord[$0] } ?? Array(openings.indices)
        guard let index = candidates.randomElement(using: &dice) else { return [] }
        var pair = openings[index]
        var words = [pair.first, pair.second]
        // Every path of the chain ends at a sentence's end; the bound cuts long detours.
        while words.count < 40, let next = followers[pair]?.randomElement(using: &dice) {
            words.append(next)
            pair = Pair(first: pair.second, second: next)
        }
        return words
    }

    private static func key(_ word: String) -> String { word.lowercased().filter(\.isLetter) }
}
