/// Base 58 with Bitcoin's alphabet, for texts as short as addresses: the time is quadratic in the length.
enum Base58 {
    private static let alphabet = Array("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz".utf8)
    /// The digit of each ASCII character, 255 where there is none.
    private static let digits: [UInt8] = {
        var digits = [UInt8](repeating: 255, count: 128)
        for (digit, character) in alphabet.enumerated() { digits[Int(character)] = UInt8(digit) }
        return digits
    }()

    static func encode(_ bytes: [UInt8]) -> String {
        let zeros = bytes.prefix { $0 == 0 }.count
        let number = convert(bytes.dropFirst(zeros), from: 256, to: 58)
        let text = [UInt8](repeating: alphabet[0], count: zeros) + number.map { alphabet[Int($0)] }
        return String(decoding: text, as: UTF8.self)
    }

    /// nil when a character is not in the alphabet.
    static func decode(_ text: String) -> [UInt8]? {
        var values: [UInt8] = []
        values.reserveCapacity(text.utf8.count)
        for character in text.utf8 {
            guard character < 128, digits[Int(character)] != 255 else { return nil }
            values.append(digits[Int(character)])
        }
        let zeros = values.prefix { $0 == 0 }.count
        return [UInt8](repeating: 0, count: zeros) + convert(values.dropFirst(zeros), from: 58, to: 256)
    }

    /// Digits most significant first, in and out, without leading zeros.
    private static func convert(_ digits: ArraySlice<UInt8>, from base: Int, to target: Int) -> [UInt8] {
        var result: [UInt8] = []  // least significant first
        result.reserveCapacity(digits.count * 2)
        for digit in digits {
            var carry = Int(digit)
            for index in result.indices {
                carry += Int(result[index]) * base
                result[index] = UInt8(carry % target)
                carry /= target
            }
            while carry > 0 {
                result.append(UInt8(carry % target))
                carry /= target
            }
        }
        return result.reversed()
    }
}
