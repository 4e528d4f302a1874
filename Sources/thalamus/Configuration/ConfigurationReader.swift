import Foundation
import Yams

/// One mapping of a YAML file, read key by key; a wrong value or an unknown key is named with its path.
final class ConfigurationReader {
    let file: String
    let path: String
    private let mapping: [String: Node]
    private var known: Set<String> = []

    /// Files longer than this are no configuration.
    static let maximumBytes = 1 << 20

    /// Reads a file's top-level mapping.
    convenience init(fileAt file: String) throws {
        let text: String
        do {
            let data = try Data(contentsOf: URL(filePath: file))
            guard data.count <= Self.maximumBytes else { throw ConfigurationError("\(file): larger than 1 MiB") }
            text = String(decoding: data, as: UTF8.self)
        } catch let error as ConfigurationError {
            throw error
        } catch {
            throw ConfigurationError(
                "\(file): can't be read (\(error.localizedDescription)). Give its path with --config.")
        }
        do {
            guard let node = try Yams.compose(yaml: text) else { throw ConfigurationError("\(file): is empty") }
            try self.init(node, file: file, path: "")
        } catch let error as YamlError {
            throw ConfigurationError("\(file): is not valid YAML: \(error)")
        }
    }

    init(_ node: Node, file: String, path: String) throws {
        self.file = file
        self.path = path
        guard let mapping = node.mapping else {
            throw ConfigurationError("\(file): \(path.isEmpty ? "the file" : "`\(path)`") must be a mapping of keys")
        }
        var values: [String: Node] = [:]
        for (key, value) in mapping {
            guard let name = key.string else { throw ConfigurationError("\(file): a key of `\(path)` is no text") }
            guard values.updateValue(value, forKey: name) == nil else {
                throw ConfigurationError("\(file): `\(path)` has the key `\(name)` twice")
            }
        }
        self.mapping = values
    }

    /// The value of a key; absent and `null` are the same.
    func node(_ key: String) -> Node? {
        known.insert(key)
        guard let node = mapping[key], node.null == nil else { return nil }
        return node
    }

    /// Ends the reading: any key that nobody asked for is a mistake.
    func finish() throws {
        guard let unknown = mapping.keys.filter({ !known.contains($0) }).min() else { return }
        let choices = known.sorted().joined(separator: ", ")
        throw ConfigurationError("\(file): unknown key `\(full(unknown))`. Known here: \(choices).")
    }

    func text(_ key: String) throws -> String? {
        guard let node = node(key) else { return nil }
        guard let text = node.scalar?.string else { throw wrong(key, "text") }
        return text
    }

    func bool(_ key: String) throws -> Bool? {
        guard let node = node(key) else { return nil }
        guard let value = node.bool else { throw wrong(key, "true or false") }
        return value
    }

    func int<I: FixedWidthInteger>(_ key: String, in range: ClosedRange<I>) throws -> I? {
        guard let node = node(key) else { return nil }
        guard let text = node.scalar?.string, let value = I(text.replacing("_", with: "")), range.contains(value) else {
            throw wrong(key, "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    /// `250ms`, `2s`, `5m` or `1h`.
    func duration(_ key: String, atLeast minimum: Duration = .zero) throws -> Duration? {
        guard let node = node(key) else { return nil }
        guard let text = node.scalar?.string, let value = Duration(text), value >= minimum else {
            throw wrong(key, "a duration such as 250ms, 2s, 5m or 1h, at least \(minimum)")
        }
        return value
    }

    func choice<C: RawRepresentable<String>>(_ key: String, _ choices: [C]) throws -> C? {
        guard let node = node(key) else { return nil }
        guard let value = node.scalar.flatMap({ C(rawValue: $0.string) }) else {
            throw wrong(key, "one of \(choices.map(\.rawValue).joined(separator: ", "))")
        }
        return value
    }

    func texts(_ key: String) throws -> [String]? {
        guard let node = node(key) else { return nil }
        guard let items = node.sequence else { throw wrong(key, "a list") }
        return try items.map { item in
            guard let text = item.scalar?.string else { throw wrong(key, "a list of texts") }
            return text
        }
    }

    /// A mapping of texts, in the file's order.
    func pairs(_ key: String) throws -> [(name: String, value: String)]? {
        guard let node = node(key) else { return nil }
        guard let mapping = node.mapping else { throw wrong(key, "a mapping") }
        return try mapping.map { name, value in
            guard let name = name.string, let value = value.scalar?.string else {
                throw wrong(key, "a mapping of texts")
            }
            return (name, value)
        }
    }

    func section(_ key: String) throws -> ConfigurationReader? {
        try node(key).map { try ConfigurationReader($0, file: file, path: full(key)) }
    }

    func sections(_ key: String) throws -> [ConfigurationReader] {
        guard let node = node(key) else { return [] }
        guard let items = node.sequence else { throw wrong(key, "a list") }
        return try items.enumerated().map {
            try ConfigurationReader($0.element, file: file, path: "\(full(key))[\($0.offset)]")
        }
    }

    func missing(_ key: String, _ hint: String) -> ConfigurationError {
        ConfigurationError("\(file): `\(full(key))` is missing: \(hint)")
    }

    func wrong(_ key: String, _ expected: String) -> ConfigurationError {
        let found = mapping[key]?.scalar.map { "\"\($0.string)\"" } ?? "something else"
        return ConfigurationError("\(file): `\(full(key))` must be \(expected), not \(found)")
    }

    private func full(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }
}

/// What is wrong in a configuration, where, and what is right.
struct ConfigurationError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

extension Duration {
    /// Reads `250ms`, `2s`, `5m`, `1h`; whole numbers, one unit.
    init?(_ text: String) {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int64(digits), number <= 1_000_000_000 else { return nil }
        switch text.dropFirst(digits.count) {
        case "ms": self = .milliseconds(number)
        case "s": self = .seconds(number)
        case "m": self = .seconds(number * 60)
        case "h": self = .seconds(number * 3_600)
        default: return nil
        }
    }
}
