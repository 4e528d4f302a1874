/// Turns a JSON text into its tape. Iterative: depth costs a stack of ours, not the thread's.
struct JSONParser {
    private let text: UnsafeRawBufferPointer
    private let limits: JSONLimits
    private var position = 0
    private var tape: [JSONToken] = []
    /// Tape indices of the arrays and objects still open.
    private var open: [Int] = []

    init(text: UnsafeRawBufferPointer, limits: JSONLimits) {
        self.text = text
        self.limits = limits
        tape.reserveCapacity(min(text.count / 8 + 8, 4_096))
    }

    mutating func parse() throws(JSONError) -> [JSONToken] {
        skipSpace()
        try value()
        while let container = open.last {
            try continueContainer(container)
        }
        skipSpace()
        guard position == text.count else { throw malformed("Unexpected text after the document") }
        return tape
    }

    /// Reads what follows in the innermost open container: its end, or the next element or member.
    private mutating func continueContainer(_ container: Int) throws(JSONError) {
        let isObject = tape[container].kind == .object
        let isFirst = tape[container].count == 0
        skipSpace()
        guard position < text.count else {
            throw malformed("The text ends inside \(isObject ? "an object" : "an array")")
        }
        if text[position] == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) {
            position += 1
            tape[container].length = UInt32(position) - tape[container].offset
            tape[container].next = UInt32(tape.count)
            open.removeLast()
            return
        }
        if !isFirst {
            guard text[position] == UInt8(ascii: ",") else { throw malformed("Expected a comma") }
            position += 1
            skipSpace()
        }
        tape[container].count += 1
        if isObject {
            guard position < text.count, text[position] == UInt8(ascii: "\"") else {
                throw malformed("Expected a member's name")
            }
            try string()
            skipSpace()
            guard position < text.count, text[position] == UInt8(ascii: ":") else {
                throw malformed("Expected a colon")
            }
            position += 1
            skipSpace()
        }
        try value()
    }

    /// Reads a scalar whole, or the opening of a container.
    private mutating func value() throws(JSONError) {
        guard position < text.count else { throw malformed("Expected a value") }
        switch text[position] {
        case UInt8(ascii: "{"): try begin(.object)
        case UInt8(ascii: "["): try begin(.array)
        case UInt8(ascii: "\""): try string()
        case UInt8(ascii: "t"): try literal("true", .yes)
        case UInt8(ascii: "f"): try literal("false", .no)
        case UInt8(ascii: "n"): try literal("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try number()
        default: throw malformed("Expected a value")
        }
    }

    private mutating func begin(_ kind: JSONToken.Kind) throws(JSONError) {
        guard open.count < limits.maximumDepth else {
            throw JSONError(code: .tooDeep, offset: position, message: "Nested deeper than \(limits.maximumDepth)")
        }
        open.append(tape.count)
        try append(kind, from: position, length: 0)
        position += 1
    }

    private mutating func literal(_ word: StaticString, _ kind: JSONToken.Kind) throws(JSONError) {
        let length = word.utf8CodeUnitCount
        guard position + length <= text.count else { throw malformed("Expected a value") }
        for index in 0..<length where text[position + index] != word.utf8Start[index] {
            throw malformed("Expected a value")
        }
        try append(kind, from: position, length: length)
        position += length
    }

    private mutating func number() throws(JSONError) {
        let start = position
        if text[position] == UInt8(ascii: "-") { position += 1 }
        let leading = position
        guard skipDigits() else { throw malformed("Expected a digit") }
        if text[leading] == UInt8(ascii: "0"), position > leading + 1 { throw malformed("A number starts with 0") }
        if position < text.count, text[position] == UInt8(ascii: ".") {
            position += 1
            guard skipDigits() else { throw malformed("Expected a digit") }
        }
        if position < text.count, text[position] | 0x20 == UInt8(ascii: "e") {
            position += 1
            if position < text.count, text[position] == UInt8(ascii: "+") || text[position] == UInt8(ascii: "-") {
                position += 1
            }
            guard skipDigits() else { throw malformed("Expected a digit") }
        }
        try append(.number, from: start, length: position - start)
    }

    private mutating func skipDigits() -> Bool {
        let start = position
        while position < text.count, text[position] &- UInt8(ascii: "0") < 10 { position += 1 }
        return position > start
    }

    private mutating func string() throws(JSONError) {
        position += 1
        let start = position
        var kind = JSONToken.Kind.string
        while position < text.count {
            let byte = text[position]
            switch byte {
            case UInt8(ascii: "\""):
                try append(kind, from: start, length: position - start)
                position += 1
                return
            case UInt8(ascii: "\\"):
                kind = .escapedString
                try escape()
            case 0..<0x20: throw malformed("A control character stands in a string")
            case 0x80...: try multibyteScalar()
            default: position += 1
            }
        }
        throw malformed("The text ends inside a string")
    }

    private mutating func escape() throws(JSONError) {
        guard position + 1 < text.count else { throw malformed("The text ends inside a string") }
        switch text[position + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            position += 2
        case UInt8(ascii: "u"):
            guard position + 6 <= text.count else { throw malformed("The text ends inside a string") }
            for index in position + 2..<position + 6 where JSONText.hexDigit(text[index]) == nil {
                throw malformed("Expected four hexadecimal digits")
            }
            position += 6
        default: throw malformed("Unknown escape in a string")
        }
    }

    /// Steps over one scalar of two to four bytes (RFC 3629: no surrogates, no overlong forms).
    private mutating func multibyteScalar() throws(JSONError) {
        let lead = text[position]
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch lead {
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: length = 3
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: length = 4
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: throw malformed("A string is not UTF-8")
        }
        guard position + length <= text.count, second.contains(text[position + 1]) else {
            throw malformed("A string is not UTF-8")
        }
        for index in position + 2..<max(position + length, position + 2) where text[index] & 0xC0 != 0x80 {
            throw malformed("A string is not UTF-8")
        }
        position += length
    }

    private mutating func append(_ kind: JSONToken.Kind, from start: Int, length: Int) throws(JSONError) {
        guard tape.count < limits.maximumValues else {
            throw JSONError(
                code: .tooManyValues, offset: position, message: "More than \(limits.maximumValues) values")
        }
        tape.append(
            JSONToken(kind: kind, offset: UInt32(start), length: UInt32(length), next: UInt32(tape.count + 1)))
    }

    private mutating func skipSpace() {
        while position < text.count {
            switch text[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    private func malformed(_ message: String) -> JSONError {
        JSONError(code: .malformed, offset: position, message: message)
    }
}
