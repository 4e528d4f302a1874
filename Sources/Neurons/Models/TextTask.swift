/// Small tasks on the words and letters of a text: reverse, sort, count, repeat, change the case.
enum TextTask {
    /// nil when the request is none of these tasks.
    static func result(of request: String) -> String? {
        let words = request.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
        let courtesies: Set = ["please", "can", "could", "you", "now", "then"]
        let verb = words.first { !courtesies.contains($0) }
        guard let subject = subject(of: request), !subject.isEmpty else { return nil }
        if verb == "reverse" { return reverse(subject, words) }
        if verb == "sort" { return sort(subject, words) }
        if verb == "count" || words.starts(with: ["how", "many"]) { return count(subject, words) }
        if verb == "uppercase" || verb == "capitalize" { return subject.uppercased() }
        if verb == "lowercase" { return subject.lowercased() }
        if let verb, ["repeat", "say", "echo"].contains(verb) { return repeated(subject, words) }
        return nil
    }

    /// The same words or letters in a wrong order.
    static func scramble(_ text: String, with dice: inout SplitMix64) -> String {
        var words = text.split(separator: " ").map(String.init)
        if words.count > 2 {
            words.shuffle(using: &dice)
            return words.joined(separator: " ")
        }
        let number = Int(text).map { String($0 &+ 1) }
        return number ?? String(text.shuffled(using: &dice)) + "?"
    }

    /// What the task is about: a text in quotes, what follows a colon, or the last word.
    private static func subject(of request: String) -> String? {
        for (open, close) in [("\"", "\""), ("“", "”"), ("`", "`"), (" '", "'")] {
            guard let start = request.firstRange(of: open), let end = request[start.upperBound...].firstRange(of: close)
            else {
                continue
            }
            return String(request[start.upperBound..<end.lowerBound])
        }
        if let colon = request.firstIndex(of: ":") { return trimmed(request[request.index(after: colon)...]) }
        let words = request.split(separator: " ")
        if let first = words.first?.lowercased(), ["repeat", "say", "echo"].contains(first) {
            return trimmed(words.dropFirst().joined(separator: " "))
        }
        return words.last.map { trimmed($0) }
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        let isEdge: (Character) -> Bool = { $0.isWhitespace || ".?!".contains($0) }
        let start = text.drop(while: isEdge)
        return String(start.reversed().drop(while: isEdge).reversed())
    }

    private static func reverse(_ subject: String, _ words: [String]) -> String {
        words.contains("words")
            ? subject.split(separator: " ").reversed().joined(separator: " ") : String(subject.reversed())
    }

    private static func sort(_ subject: String, _ words: [String]) -> String {
        if words.contains("letters") { return String(subject.filter { !$0.isWhitespace }.sorted()) }
        let separator: Character = subject.contains(",") ? "," : " "
        let items = subject.split(separator: separator).map { trimmed($0) }
        let numbers = items.compactMap { Int($0) }
        var sorted = numbers.count == items.count ? numbers.sorted().map(String.init) : items.sorted()
        if !words.isDisjoint(with: ["descending", "reversed", "backwards"]) { sorted.reverse() }
        return sorted.joined(separator: separator == "," ? ", " : " ")
    }

    private static func count(_ subject: String, _ words: [String]) -> String? {
        if let letter = letterAsked(in: words) {
            return String(subject.lowercased().count { String($0) == letter })
        }
        if words.contains("words") { return String(subject.split { $0.isWhitespace }.count) }
        if words.contains("vowels") { return String(subject.lowercased().count { "aeiou".contains($0) }) }
        if words.contains("letters") { return String(subject.count { $0.isLetter }) }
        if words.contains("characters") { return String(subject.count) }
        if words.contains("digits") { return String(subject.count { $0.isNumber }) }
        return nil
    }

    /// `the letter r`, `r's`.
    private static func letterAsked(in words: [String]) -> String? {
        if let index = words.firstIndex(of: "letter"), index + 1 < words.count, words[index + 1].count == 1 {
            return words[index + 1]
        }
        if words.count > 3, words[2].count == 1, words[3] == "s" { return words[2] }
        return nil
    }

    private static func repeated(_ subject: String, _ words: [String]) -> String {
        let counts = ["twice": 2, "two": 2, "three": 3, "four": 4, "five": 5]
        guard let last = words.last, last == "times" || last == "twice" else { return subject }
        let word = last == "twice" ? last : words.dropLast().last ?? ""
        guard let times = counts[word] ?? Int(word), (1...100).contains(times) else { return subject }
        let suffix = last == "twice" ? 1 : 2
        let text = subject.split(separator: " ")
        let isPartOfSubject = text.last.map { trimmed($0).lowercased() } == last
        let unit = isPartOfSubject ? text.dropLast(suffix).joined(separator: " ") : subject
        return Array(repeating: unit, count: times).joined(separator: " ")
    }
}

extension [String] {
    fileprivate func isDisjoint(with words: Set<String>) -> Bool { Set(self).isDisjoint(with: words) }
}
