/// Escapes of JSON strings, both ways.
enum JSONText {
    static func hexDigit(_ byte: UInt8) -> UInt16? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt16(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt16(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt16(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }

    /// The text of a string that ``JSONParser`` has accepted.
    static func unescaped(_ text: UnsafeRawBufferPointer) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        var position = 0
        while position < text.count {
            guard text[position] == UInt8(ascii: "\\"), position + 1 < text.count else {
                bytes.append(text[position])
                position += 1
                continue
            }
            let escape = text[position + 1]
            position += 2
            switch escape {
            case UInt8(ascii: "b"): bytes.append(0x08)
            case UInt8(ascii: "f"): bytes.append(0x0C)
            case UInt8(ascii: "n"): bytes.append(0x0A)
            case UInt8(ascii: "r"): bytes.append(0x0D)
            case UInt8(ascii: "t"): bytes.append(0x09)
            case UInt8(ascii: "u"): bytes.append(contentsOf: String(scalar(in: text, at: &position)).utf8)
            default: bytes.append(escape)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The scalar whose `XXXX` starts at `position`, joined with a low surrogate behind it.
    private static func scalar(in text: UnsafeRawBufferPointer, at position: inout Int) -> Unicode.Scalar {
        let high = codeUnit(in: text, at: position)
        position += 4
        guard UTF16.isLeadSurrogate(high) else { return Unicode.Scalar(high) ?? "\u{FFFD}" }
        guard position + 6 <= text.count, text[position] == UInt8(ascii: "\\"), text[position + 1] == UInt8(ascii: "u")
        else { return "\u{FFFD}" }
        let low = codeUnit(in: text, at: position + 2)
        guard UTF16.isTrailSurrogate(low) else { return "\u{FFFD}" }
        position += 6
        return Unicode.Scalar(0x10000 + (UInt32(high & 0x3FF) << 10 | UInt32(low & 0x3FF))) ?? "\u{FFFD}"
    }

    private static func codeUnit(in text: UnsafeRawBufferPointer, at position: Int) -> UInt16 {
        guard position + 4 <= text.count else { return 0xFFFD }
        return text[position..<position + 4].reduce(0) { $0 << 4 | (hexDigit($1) ?? 0) }
    }
}
