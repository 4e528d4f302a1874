internal import Metering
internal import NIOHTTP1

/// The fields of a query, decoded.
struct QueryFields {
    static let page = ["limit", "after"]

    private var values: [String: String] = [:]

    init(_ query: String?, names: [String]) throws(OpenAIError) {
        for pair in (query ?? "").split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = try Self.decode(parts[0])
            guard names.contains(name) else {
                throw .invalid(
                    String(name.prefix(100)), code: "unknown_parameter",
                    "Unknown query parameter. Known here: \(names.joined(separator: ", ")).")
            }
            guard values.updateValue(try Self.decode(parts.count == 2 ? parts[1] : ""), forKey: name) == nil else {
                throw .invalid(name, code: "invalid_value", "'\(name)' is given twice.")
            }
        }
    }

    /// Nil for a field that is not there or empty.
    subscript(_ name: String) -> String? { values[name].flatMap { $0.isEmpty ? nil : $0 } }

    func page() throws -> PageRequest {
        var limit = 100
        if let text = self["limit"] {
            guard let number = Int(text) else {
                throw OpenAIError.invalid("limit", code: "invalid_value", "'limit' must be a whole number.")
            }
            limit = number
        }
        return try PageRequest(limit: limit, after: try self["after"].map { text in try PageCursor(text: text) })
    }

    /// Unix milliseconds.
    func time(_ name: String) throws(OpenAIError) -> Int64? {
        guard let text = self[name] else { return nil }
        guard let time = UTCTime.milliseconds(text) else { throw Self.noTime(name) }
        return time
    }

    static func noTime(_ name: String) -> OpenAIError {
        .invalid(
            name, code: "invalid_value",
            "'\(name)' must be a date such as 2026-01-31, or a time of RFC 3339 such as 2026-01-31T09:30:00Z.")
    }

    private static func decode(_ text: Substring) throws(OpenAIError) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): bytes.append(0x20)
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else {
                    throw malformed
                }
                bytes.append(high << 4 | low)
            default: bytes.append(byte)
            }
        }
        guard let value = String(validating: bytes, as: UTF8.self), value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
        else { throw malformed }
        return value
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        Character(Unicode.Scalar(byte)).hexDigitValue.map { UInt8(truncatingIfNeeded: $0) }
    }

    private static var malformed: OpenAIError {
        OpenAIError(.badRequest, .invalidRequest, code: "invalid_url", "The query cannot be read.")
    }
}
