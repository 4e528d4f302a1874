public import JSON
internal import NIOCore

/// The text that Python's `str` and `repr` give for a JSON value, as the SDK hashes it.
///
/// A synapse's body hash covers `str(value)` of its fields, not their JSON: `{"a": null}` is hashed as `{'a': None}`.
///
/// - Source: bittensor 10.5.0, `synapse.py`, `body_hash`; CPython's `unicode_repr` and `float_repr`.
public struct PythonText {
    /// UTF-8.
    public private(set) var bytes: [UInt8] = []

    private init() {}

    /// Python's `str(value)`: a string is itself, everything else its `repr`.
    public static func str(_ value: JSONElement) -> String { String(decoding: strBytes(value), as: UTF8.self) }

    /// Python's `repr(value)`.
    public static func repr(_ value: JSONElement) -> String {
        var text = PythonText()
        text.append(value)
        return String(decoding: text.bytes, as: UTF8.self)
    }

    static func strBytes(_ value: JSONElement) -> [UInt8] {
        if let string = value.string { return Array(string.utf8) }
        var text = PythonText()
        text.append(value)
        return text.bytes
    }

    /// Nested as deep as the parser allowed.
    private mutating func append(_ value: JSONElement) {
        switch value.kind {
        case .null: append("None")
        case .bool: append(value.bool == true ? "True" : "False")
        case .number: append(PythonNumber.repr(String(buffer: value.rawBytes)))
        case .string: appendQuoted(value.string ?? "")
        case .array:
            append("[")
            for (index, element) in value.elements.enumerated() {
                if index > 0 { append(", ") }
                append(element)
            }
            append("]")
        case .object:
            append("{")
            for (index, member) in Self.distinct(value).enumerated() {
                if index > 0 { append(", ") }
                appendQuoted(member.name)
                append(": ")
                append(member.value)
            }
            append("}")
        }
    }

    /// Of members with one name Python keeps the first one's place and the last one's value.
    private static func distinct(_ object: JSONElement) -> [(name: String, value: JSONElement)] {
        var members: [(name: String, value: JSONElement)] = []
        var places: [String: Int] = [:]
        for member in object.members {
            if let place = places[member.name] {
                members[place].value = member.value
            } else {
                places[member.name] = members.count
                members.append(member)
            }
        }
        return members
    }

    private mutating func append(_ text: some StringProtocol) { bytes.append(contentsOf: text.utf8) }

    private mutating func appendQuoted(_ text: String) {
        var hasSingle = false
        var hasDouble = false
        var isPlain = true
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "'"): hasSingle = true
            case UInt8(ascii: "\""): hasDouble = true
            case UInt8(ascii: "\\"), 0..<0x20, 0x7f...: isPlain = false
            default: break
            }
        }
        let quote = hasSingle && !hasDouble ? UInt8(ascii: "\"") : UInt8(ascii: "'")
        bytes.append(quote)
        if isPlain, !(hasSingle && hasDouble) {
            bytes.append(contentsOf: text.utf8)
        } else {
            for scalar in text.unicodeScalars { append(scalar, quote: quote) }
        }
        bytes.append(quote)
    }

    private mutating func append(_ scalar: Unicode.Scalar, quote: UInt8) {
        switch scalar {
        case "\\": append("\\\\")
        case "\n": append("\\n")
        case "\r": append("\\r")
        case "\t": append("\\t")
        case "'" where quote == UInt8(ascii: "'"): append("\\'")
        case " "..."~": bytes.append(UInt8(truncatingIfNeeded: scalar.value))
        case _ where scalar.isPythonPrintable: append(String(scalar))
        default: appendEscape(scalar.value)
        }
    }

    private mutating func appendEscape(_ value: UInt32) {
        let (letter, width) = value <= 0xff ? ("x", 2) : value <= 0xffff ? ("u", 4) : ("U", 8)
        let digits = String(value, radix: 16)
        append("\\" + letter + String(repeating: "0", count: width - digits.count) + digits)
    }
}
