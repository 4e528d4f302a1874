/// Base 58 with Bitcoin's alphabet, for texts as short as addresses.
///
/// Numbers are kept as words of 32 bits and converted five digits at a time, without touching the heap.
enum Base58 {
    /// The longest text that is read, which is more than any address has.
    static let maximumCharacters = 64
    /// 58^64 is below 2^384.
    private typealias Words = InlineArray<12, UInt32>

    private static let alphabet: StaticString = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
    private static let digitsPerStep = 5
    private static let powers: InlineArray<6, UInt64> = [1, 58, 3_364, 195_112, 11_316_496, 656_356_768]
    /// The digit of each ASCII character, 255 where there is none.
    private static let digits: InlineArray<128, UInt8> = {
        var digits = InlineArray<128, UInt8>(repeating: 255)
        alphabet.withRawBytes { for (digit, character) in $0.enumerated() { digits[Int(character)] = UInt8(digit) } }
        return digits
    }()

    /// - Parameter bytes: at most 47, which is a programming error to exceed.
    static func encode(_ bytes: UnsafeRawBufferPointer) -> String {
        precondition(bytes.count < 48, "base 58 is for texts as short as addresses")
        let zeros = bytes.prefix { $0 == 0 }.count
        var words = Words(repeating: 0)
        var wordCount = 0
        for byte in bytes.dropFirst(zeros) { multiply(&words, &wordCount, by: 256, adding: UInt64(byte)) }

        // Least significant first, five at a time; 48 bytes make at most 66 digits.
        var reversed = InlineArray<80, UInt8>(repeating: 0)
        var count = 0
        while wordCount > 0 {
            var remainder: UInt64 = 0
            for index in (0..<wordCount).reversed() {
                let value = remainder << 32 | UInt64(words[index])
                words[index] = UInt32(truncatingIfNeeded: value / powers[digitsPerStep])
                remainder = value % powers[digitsPerStep]
            }
            while wordCount > 0, words[wordCount - 1] == 0 { wordCount -= 1 }
            for _ in 0..<digitsPerStep {
                reversed[count] = UInt8(truncatingIfNeeded: remainder % 58)
                remainder /= 58
                count += 1
            }
        }
        while count > 0, reversed[count - 1] == 0 { count -= 1 }
        return String(unsafeUninitializedCapacity: zeros + count) { text in
            alphabet.withRawBytes { alphabet in
                for index in 0..<zeros { text[index] = alphabet[0] }
                for index in 0..<count { text[zeros + index] = alphabet[Int(reversed[count - 1 - index])] }
            }
            return zeros + count
        }
    }

    /// nil when the text is longer than ``maximumCharacters`` or a character is not in the alphabet.
    static func decode(_ text: String) -> [UInt8]? {
        var text = text
        return text.withUTF8 { decode($0) }
    }

    private static func decode(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        guard text.count <= maximumCharacters else { return nil }
        var words = Words(repeating: 0)
        var wordCount = 0
        var step: UInt64 = 0
        var stepCount = 0
        var zeros = 0
        let digits = digits
        for character in text {
            guard character < 128 else { return nil }
            let digit = digits[Int(character)]
            guard digit != 255 else { return nil }
            if digit == 0, wordCount == 0, step == 0 {
                zeros += 1
                continue
            }
            step = step * 58 + UInt64(digit)
            stepCount += 1
            if stepCount == digitsPerStep {
                multiply(&words, &wordCount, by: powers[digitsPerStep], adding: step)
                step = 0
                stepCount = 0
            }
        }
        if stepCount > 0 { multiply(&words, &wordCount, by: powers[stepCount], adding: step) }
        return bytes(of: words, wordCount, zeros: zeros)
    }

    /// Most significant first, after `zeros` zeros.
    private static func bytes(of words: Words, _ wordCount: Int, zeros: Int) -> [UInt8] {
        var count = wordCount * 4
        if wordCount > 0 { count -= words[wordCount - 1].leadingZeroBitCount / 8 }
        return [UInt8](unsafeUninitializedCapacity: zeros + count) { bytes, initialised in
            for index in 0..<zeros { bytes[index] = 0 }
            for index in 0..<count {
                let place = count - 1 - index
                bytes[zeros + index] = UInt8(truncatingIfNeeded: words[place / 4] >> UInt32(8 * (place % 4)))
            }
            initialised = zeros + count
        }
    }

    @inline(__always)
    private static func multiply(_ words: inout Words, _ count: inout Int, by factor: UInt64, adding summand: UInt64) {
        var carry = summand
        for index in 0..<count {
            let value = UInt64(words[index]) &* factor &+ carry
            words[index] = UInt32(truncatingIfNeeded: value)
            carry = value >> 32
        }
        if carry > 0 {
            words[count] = UInt32(truncatingIfNeeded: carry)
            count += 1
        }
    }
}
