/// How like two texts are.
public enum AnswerSimilarity {
    /// Bytes of each text that are looked at.
    static let maximumBytes = 16_384

    /// Dice coefficient of the multisets of words and of neighbouring word pairs, case folded.
    ///
    /// - Returns: 0 (nothing shared) to 1 (same words in the same order); two empty texts are 1.
    public static func dice(_ first: String, _ second: String) -> Double {
        if first == second { return 1 }
        let a = features(of: first)
        let b = features(of: second)
        let size = a.values.reduce(0, +) + b.values.reduce(0, +)
        guard size > 0 else { return 1 }
        let shared = a.reduce(0) { $0 + min($1.value, b[$1.key] ?? 0) }
        return 2 * Double(shared) / Double(size)
    }

    private static func features(of text: String) -> [String: Int] {
        var counts: [String: Int] = [:]
        var previous: String?
        let words = text.utf8.prefix(maximumBytes).split { byte in
            !(byte >= 0x80 || byte &- UInt8(ascii: "0") < 10 || (byte | 0x20) &- UInt8(ascii: "a") < 26)
        }
        for word in words {
            let folded = String(decoding: word.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
            counts[folded, default: 0] += 1
            if let previous { counts["\(previous) \(folded)", default: 0] += 1 }
            previous = folded
        }
        return counts
    }
}
