internal import JSON

/// Counts tokens the way the gateway bills them: our own count, so no miner's claim matters.
///
/// Models differ in their vocabularies and a gateway has none of them, so this is a fixed rule near the common ones
/// (about one token per short word): letters in groups of 7, digits of 3, punctuation of 2, a space before a word free,
/// two scalars of two bytes, one of three bytes and half a scalar of four. It gives the same count however a text is
/// cut into chunks.
struct TokenCounter {
    private enum Run: Equatable { case none, letters, digits, space, newline, punctuation, twoBytes }

    private(set) var count = 0
    private var run = Run.none
    private var length = 0

    static func count(_ text: String) -> Int {
        var counter = TokenCounter()
        counter.add(text)
        return counter.count
    }

    mutating func add(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            for byte in bytes { add(byte) }
        }
    }

    /// Adds as much of a text as leaves the count at `limit` or below.
    ///
    /// - Returns: that much of it.
    mutating func add(_ text: String, upTo limit: Int) -> String {
        // No byte counts for more than one token on average.
        if text.utf8.count <= limit - count {
            add(text)
            return text
        }
        var text = text
        return text.withUTF8 { bytes in
            for (index, byte) in bytes.enumerated() {
                var next = self
                next.add(byte)
                // Only the first byte of a scalar counts, so the cut is never within one.
                guard next.count <= limit else { return String(decoding: bytes[..<index], as: UTF8.self) }
                self = next
            }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    private mutating func add(_ byte: UInt8) {
        switch byte {
        case 0x41...0x5A, 0x61...0x7A: extend(.letters, by: 7)
        case 0x30...0x39: extend(.digits, by: 3)
        case 0x20:
            extend(.space, by: .max)
            if length > 1, length % 4 == 1 { count += 1 }
        case 0x00..<0x20: extend(.newline, by: 8)
        case 0x80..<0xC0: break
        case 0xC0..<0xE0: extend(.twoBytes, by: 2)
        case 0xE0..<0xF0:
            run = .none
            count += 1
        case 0xF0...:
            run = .none
            count += 2
        default: extend(.punctuation, by: 2)
        }
    }

    /// Goes on in a run or begins one; each `size`th member opens a token.
    private mutating func extend(_ kind: Run, by size: Int) {
        if run == kind { length += 1 } else { (run, length) = (kind, 1) }
        if kind != .space, length % size == 1 || size == 1 { count += 1 }
    }
}
