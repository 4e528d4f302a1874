import JSON
import Signing
import Substrate

/// Reads the values of the reference implementation's vectors: accounts as SS58, bytes as hex, big integers as text.
enum ReferenceValue {
    /// A reference value as what `RuntimeCodec.encode` takes; composites keep their names.
    static func scaleValue(_ json: JSONElement) -> ScaleValue {
        switch json.kind {
        case .null: .null
        case .bool: .bool(json.bool == true)
        case .number: integer(json.exactText) ?? .null
        case .string: scaleValue(text: json.string ?? "")
        case .array: .sequence(json.elements.map(scaleValue))
        case .object: .composite(json.members.map { .init($0.name, scaleValue($0.value)) })
        }
    }

    private static func scaleValue(text: String) -> ScaleValue {
        if let account = try? AccountID(ss58: text) { return .bytes(account.bytes) }
        if text.hasPrefix("0x"), let bytes = [UInt8](hex: text) { return .bytes(bytes) }
        return integer(text) ?? .string(text)
    }

    private static func integer(_ text: String) -> ScaleValue? {
        if let value = UInt128(text) { return .uint(value) }
        return Int128(text).map { .int($0) }
    }

    /// Whether a decoded value says the same as the reference's. Its text forms are ambiguous (bytes appear as text
    /// where they are printable), so this is looser than encoding, which the tests compare byte for byte.
    static func matches(_ value: ScaleValue, _ json: JSONElement) -> Bool {
        switch value {
        case .option(let inner): return inner.map { matches($0, json) } ?? json.isNull
        case .bool(let flag): return json.bool == flag
        case .uint(let number): return (json.string ?? json.exactText) == String(number)
        case .int(let number): return (json.string ?? json.exactText) == String(number)
        case .string(let text): return json.string == text
        case .bytes(let bytes):
            guard let text = json.string else { return false }
            if text.hasPrefix("0x"), [UInt8](hex: text) == bytes { return true }
            return (try? AccountID(ss58: text))?.bytes == bytes || Array(text.utf8) == bytes
        case .sequence(let values), .tuple(let values): return matches(values, json)
        case .composite(let fields): return matches(fields, json)
        case .variant(let name, let fields):
            if fields.isEmpty { return json.isString(name) }
            guard let inner = json[name] else { return false }
            if fields.count == 1, fields[0].name == nil { return matches(fields[0].value, inner) }
            return fields[0].name == nil ? matches(fields.map(\.value), inner) : matches(fields, inner)
        }
    }

    private static func matches(_ values: [ScaleValue], _ json: JSONElement) -> Bool {
        json.kind == .array && json.count == values.count && zip(values, json.elements).allSatisfy { matches($0, $1) }
    }

    private static func matches(_ fields: [ScaleValue.Field], _ json: JSONElement) -> Bool {
        fields.allSatisfy { field in json[field.name ?? ""].map { matches(field.value, $0) } ?? false }
    }
}
