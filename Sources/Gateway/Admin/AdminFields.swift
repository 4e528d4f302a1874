internal import JSON
internal import Metering

/// The members of a request's JSON body, read one by one; what nobody asked for by the end is a mistake, such as a
/// limit whose name is misspelt.
struct AdminFields {
    private let root: JSONElement?
    private var known: [String] = []

    init(_ root: JSONElement?) { self.root = root }

    /// A member, `null` included.
    private mutating func element(_ name: String) -> JSONElement? {
        known.append(name)
        return root?[name]
    }

    /// Ends the reading.
    func finish() throws(OpenAIError) {
        guard let root else { return }
        for (name, _) in root.members where !known.contains(name) {
            throw .invalid(
                String(name.prefix(100)), code: "unknown_parameter",
                "Unknown parameter. Known here: \(known.joined(separator: ", ")).")
        }
    }

    // MARK: Values

    /// Nil when absent or `null`.
    mutating func text(_ name: String) throws(OpenAIError) -> String? { try nullable(name, Self.text) ?? nil }

    mutating func requiredText(_ name: String) throws(OpenAIError) -> String {
        guard let text = try text(name) else { throw OpenAI.missing(name) }
        return text
    }

    /// Nil when absent, `.some(nil)` when `null`.
    mutating func nullableText(_ name: String) throws(OpenAIError) -> String?? { try nullable(name, Self.text) }

    /// Nil when absent or `null`.
    mutating func int(_ name: String, in range: ClosedRange<Int>) throws(OpenAIError) -> Int? {
        try nullableInt(name, in: range) ?? nil
    }

    /// Nil when absent, `.some(nil)` when `null`.
    mutating func nullableInt(_ name: String, in range: ClosedRange<Int>) throws(OpenAIError) -> Int?? {
        try nullable(name) { (name, value) throws(OpenAIError) in try OpenAI.int(name, value, in: range) }
    }

    /// An amount of money from zero on; nil when absent or `null`.
    mutating func amount(_ name: String) throws(OpenAIError) -> MicroUnits? {
        try int(name, in: 0...Int(MicroUnits.maximum.rawValue)).map { MicroUnits(Int64($0)) }
    }

    /// A list of texts; nil when absent, empty when `null`.
    mutating func texts(_ name: String) throws(OpenAIError) -> [String]? {
        let texts = try nullable(name) { (name, value) throws(OpenAIError) -> [String] in
            guard value.kind == .array else { throw OpenAI.wrongType(name, "an array of strings", value) }
            var texts: [String] = []
            for (index, element) in value.elements.enumerated() {
                guard let text = element.string else {
                    throw OpenAI.wrongType("\(name)[\(index)]", "a string", element)
                }
                texts.append(text)
            }
            return texts
        }
        return texts.map { $0 ?? [] }
    }

    /// Unix milliseconds of a time in RFC 3339; nil when absent, `.some(nil)` when `null`.
    mutating func time(_ name: String) throws(OpenAIError) -> Int64?? {
        try nullable(name) { (name, value) throws(OpenAIError) -> Int64 in
            guard let time = UTCTime.milliseconds(try Self.text(name, value)) else { throw QueryFields.noTime(name) }
            return time
        }
    }

    /// Limits by their names; one that is `null` is to be lifted.
    mutating func limits(_ kinds: [LimitKind]) throws(OpenAIError) -> [LimitKind: Int64?] {
        var limits: [LimitKind: Int64?] = [:]
        for kind in kinds {
            guard let ceiling = try nullableInt(kind.adminName, in: 0...Int(kind.largestCeiling)) else { continue }
            limits[kind] = .some(ceiling.map(Int64.init))
        }
        return limits
    }

    private static func text(_ name: String, _ value: JSONElement) throws(OpenAIError) -> String {
        guard let text = value.string else { throw OpenAI.wrongType(name, "a string", value) }
        return text
    }

    private mutating func nullable<T>(
        _ name: String, _ read: (String, JSONElement) throws(OpenAIError) -> T
    ) throws(OpenAIError) -> T?? {
        guard let value = element(name) else { return nil }
        return value.isNull ? .some(nil) : .some(try read(name, value))
    }
}
