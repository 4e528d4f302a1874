/// Walks over JSON text without copying it.
///
/// - Source: RFC 8259. Nesting is bounded, so that no input exhausts the stack.
struct JSONScanner {
    enum Value {
        /// What is between the quotes, escapes as they are written.
        case string(Range<Int>)
        case number(Range<Int>)
        case null, other
    }

    private static let maximumDepth = 16
    private let text: UnsafeRawBufferPointer
    private var position = 0

    init(_ text: UnsafeRawBufferPointer) {
        self.text = text
        skipSpace()
    }

    func peek() -> UInt8? { position < text.count ? text[position] : nil }

    mutating func skipSpace() {
        while let byte = peek(), byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { position += 1 }
    }

    mutating func take(_ byte: UInt8) throws(SigningError) {
        guard peek() == byte else { throw Self.malformed }
        position += 1
    }

    mutating func expectEnd() throws(SigningError) {
        skipSpace()
        guard position == text.count else { throw Self.malformed }
    }

    mutating func string() throws(SigningError) -> Range<Int> {
        try take(UInt8(ascii: "\""))
        let start = position
        while let byte = peek() {
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return start..<(position - 1)
            case UInt8(ascii: "\\"): try escape()
            case 0..<0x20: throw Self.malformed
            default: break
            }
        }
        throw Self.malformed
    }

    private mutating func escape() throws(SigningError) {
        guard let byte = peek() else { throw Self.malformed }
        position += 1
        if byte == UInt8(ascii: "u") {
            for _ in 0..<4 {
                guard let digit = peek(), Hex.value(of: digit) != nil else { throw Self.malformed }
                position += 1
            }
        } else if !"\"\\/bfnrt".utf8.contains(byte) {
            throw Self.malformed
        }
    }

    mutating func value(depth: Int = 0) throws(SigningError) -> Value {
        guard depth < Self.maximumDepth, let byte = peek() else { throw Self.malformed }
        switch byte {
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "{"): return try container(depth, end: UInt8(ascii: "}"), isObject: true)
        case UInt8(ascii: "["): return try container(depth, end: UInt8(ascii: "]"), isObject: false)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try number())
        case UInt8(ascii: "n"):
            try word("null")
            return .null
        case UInt8(ascii: "t"): try word("true")
        case UInt8(ascii: "f"): try word("false")
        default: throw Self.malformed
        }
        return .other
    }

    private mutating func container(_ depth: Int, end: UInt8, isObject: Bool) throws(SigningError) -> Value {
        position += 1
        skipSpace()
        if peek() == end {
            position += 1
            return .other
        }
        while true {
            skipSpace()
            if isObject {
                _ = try string()
                skipSpace()
                try take(UInt8(ascii: ":"))
                skipSpace()
            }
            _ = try value(depth: depth + 1)
            skipSpace()
            if peek() == end { break }
            try take(UInt8(ascii: ","))
        }
        position += 1
        return .other
    }

    private mutating func number() throws(SigningError) -> Range<Int> {
        let start = position
        if peek() == UInt8(ascii: "-") { position += 1 }
        if peek() == UInt8(ascii: "0") { position += 1 } else { try digits() }
        if peek() == UInt8(ascii: ".") {
            position += 1
            try digits()
        }
        if let byte = peek(), byte | 0x20 == UInt8(ascii: "e") {
            position += 1
            if let sign = peek(), sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { position += 1 }
            try digits()
        }
        return start..<position
    }

    private mutating func digits() throws(SigningError) {
        let start = position
        while let byte = peek(), (0x30...0x39).contains(byte) { position += 1 }
        guard position > start else { throw Self.malformed }
    }

    private mutating func word(_ word: StaticString) throws(SigningError) {
        let isHere = word.withRawBytes { $0.count <= text.count - position && text[position...].starts(with: $0) }
        guard isHere else { throw Self.malformed }
        position += word.utf8CodeUnitCount
    }

    private static let malformed = SigningError(.invalidKeyfile, "the keyfile is not the JSON object of a wallet")
}
