/// Looks words up in ``EnglishWords``.
enum WordList {
    static let count = 2_048
    static let longestWord = 8

    /// Each word as a number whose order is the alphabet's: its letters from the highest byte down, then zeros.
    private static let packed: [UInt64] = EnglishWords.text.withRawBytes { text in
        text.split(separator: UInt8(ascii: " ")).compactMap { pack(UnsafeRawBufferPointer(rebasing: $0)) }
    }

    /// The word's number, 0 to 2047; nil for any other text. Upper case is other text, as for the official tools.
    static func number(of word: UnsafeRawBufferPointer) -> Int? {
        guard let key = pack(word) else { return nil }
        let words = packed
        var low = 0
        var high = words.count
        while low < high {
            let middle = (low + high) / 2
            if words[middle] < key { low = middle + 1 } else { high = middle }
        }
        return low < words.count && words[low] == key ? low : nil
    }

    /// Appends the letters of the word of `number`, which is below 2048.
    static func append(_ number: Int, to text: inout SecretText) {
        let word = packed[number]
        for position in 0..<longestWord {
            let letter = UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * position))
            if letter == 0 { return }
            text.append(letter)
        }
    }

    private static func pack(_ word: UnsafeRawBufferPointer) -> UInt64? {
        guard word.count > 0, word.count <= longestWord else { return nil }
        var packed: UInt64 = 0
        for letter in word {
            guard letter != 0 else { return nil }
            packed = packed << 8 | UInt64(letter)
        }
        return packed << UInt64(8 * (longestWord - word.count))
    }
}
