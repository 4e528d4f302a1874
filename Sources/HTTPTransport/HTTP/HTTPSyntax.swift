import NIOCore
import NIOHTTP1

/// What may stand in the head of an HTTP/1.1 message.
///
/// - Source: RFC 9110, sections 5.5 and 5.6.2; RFC 9112, section 3.2.
enum HTTPSyntax {
    /// One bit per ASCII character that a token, such as a field name, may contain.
    private static let tokenCharacters: (low: UInt64, high: UInt64) = {
        var bits: (low: UInt64, high: UInt64) = (0, 0)
        let letters = Array("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)
        for character in letters {
            if character < 64 { bits.low |= 1 << UInt64(character) } else { bits.high |= 1 << UInt64(character - 64) }
        }
        return bits
    }()

    static func isToken(_ text: some Collection<UInt8>) -> Bool {
        let characters = tokenCharacters
        return !text.isEmpty
            && text.allSatisfy { byte in
                switch byte {
                case 0..<64: characters.low >> UInt64(byte) & 1 == 1
                case 64..<128: characters.high >> UInt64(byte - 64) & 1 == 1
                default: false
                }
            }
    }

    /// Whether `text` can be a field value: no control characters but the tabulator.
    static func isFieldValue(_ text: some Collection<UInt8>) -> Bool {
        text.allSatisfy { ($0 >= 0x20 && $0 != 0x7f) || $0 == 0x09 }
    }

    /// Whether `text` can be a request target: visible ASCII.
    static func isTarget(_ text: some Collection<UInt8>) -> Bool {
        !text.isEmpty && text.allSatisfy { (0x21...0x7e).contains($0) }
    }

    /// Compares ASCII without regard to case; `lowercase` is lower case.
    static func equals(_ text: String, lowercase: StaticString) -> Bool {
        var text = text
        return text.withUTF8 { equals($0, lowercase: lowercase) }
    }

    /// Compares ASCII without regard to case; `lowercase` is lower case.
    static func equals(_ bytes: UnsafeBufferPointer<UInt8>, lowercase: StaticString) -> Bool {
        guard bytes.count == lowercase.utf8CodeUnitCount else { return false }
        return lowercase.withUTF8Buffer { other in
            for index in 0..<bytes.count where lower(bytes[index]) != other[index] { return false }
            return true
        }
    }

    /// Whether one of a comma-separated field's members is `lowercase`.
    static func contains(_ list: String, lowercase: StaticString) -> Bool {
        list.split(separator: ",").contains { member in
            equals(String(trimmed(member)), lowercase: lowercase)
        }
    }

    /// Without the blanks at either end.
    static func trimmed(_ text: some StringProtocol) -> Substring {
        var text = Substring(text)
        while let first = text.utf8.first, first == 0x20 || first == 0x09 { text = text.dropFirst() }
        while let last = text.utf8.last, last == 0x20 || last == 0x09 { text = text.dropLast() }
        return text
    }

    private static func lower(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }
}

extension ByteBuffer {
    /// Writes one header line.
    ///
    /// - Returns: false, with the buffer's content undefined, when name or value could break the head's structure.
    mutating func writeField(_ name: String, _ value: String) -> Bool {
        var name = name
        var value = value
        let isValid =
            name.withUTF8 { HTTPSyntax.isToken($0) } && value.withUTF8 { HTTPSyntax.isFieldValue($0) }
        guard isValid else { return false }
        writeString(name)
        writeStaticString(": ")
        writeString(value)
        writeStaticString("\r\n")
        return true
    }

    /// Writes `number` in base 10.
    mutating func writeDecimal(_ number: Int) {
        writeString(String(number))
    }
}
