/// Hexadecimal text. Output is lower case without a prefix.
public enum Hex {
    public static func encode(_ bytes: [UInt8]) -> String { bytes.withUnsafeBytes { encode($0) } }

    public static func encode(_ bytes: UnsafeRawBufferPointer) -> String {
        String(unsafeUninitializedCapacity: bytes.count * 2) { text in
            var position = 0
            for byte in bytes {
                text[position] = digit(byte >> 4)
                text[position + 1] = digit(byte & 15)
                position += 2
            }
            return position
        }
    }

    public static func encode(_ bytes: some Collection<UInt8>) -> String { encode(Array(bytes)) }

    /// The character of a value below 16.
    @inline(__always)
    static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") - 10 + value
    }

    /// - Parameter text: digits of either case, with or without `0x`.
    /// - Throws: ``SigningError`` with code `invalidHex` for an odd number of digits or another character.
    public static func decode(_ text: String) throws(SigningError) -> [UInt8] {
        var digits = text.utf8[...]
        if digits.starts(with: "0x".utf8) { digits = digits.dropFirst(2) }
        guard digits.count.isMultiple(of: 2) else {
            throw SigningError(.invalidHex, "odd number of hexadecimal digits")
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count / 2)
        var high: UInt8?
        for character in digits {
            guard let digit = value(of: character) else {
                throw SigningError(.invalidHex, "not a hexadecimal digit")
            }
            if let first = high {
                bytes.append(first << 4 | digit)
                high = nil
            } else {
                high = digit
            }
        }
        return bytes
    }

    /// The same for a secret's text, into locked memory.
    ///
    /// - Throws: ``SigningError`` with code `invalidHex`.
    static func decodeSecret(_ text: UnsafeRawBufferPointer) throws(SigningError) -> SecretBytes {
        let digits = text.starts(with: "0x".utf8) ? UnsafeRawBufferPointer(rebasing: text[2...]) : text
        guard digits.count.isMultiple(of: 2) else {
            throw SigningError(.invalidHex, "odd number of hexadecimal digits")
        }
        var secret = SecretBytes(count: digits.count / 2)
        let isHex = secret.withMutableBytes { bytes in
            for index in bytes.indices {
                guard let high = value(of: digits[2 * index]), let low = value(of: digits[2 * index + 1]) else {
                    return false
                }
                bytes[index] = high << 4 | low
            }
            return true
        }
        guard isHex else { throw SigningError(.invalidHex, "not a hexadecimal digit") }
        return secret
    }

    static func value(of character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): character - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
