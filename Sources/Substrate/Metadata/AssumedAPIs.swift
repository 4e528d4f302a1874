/// Runtime APIs for nodes whose metadata is version 14 and so does not describe any.
public struct AssumedAPIs: Sendable {
    public struct Method: Sendable {
        public let api: String
        public let name: String
        public let inputs: [(name: String, type: String)]
        public let output: String

        public init(api: String, name: String, inputs: [(name: String, type: String)], output: String) {
            self.api = api
            self.name = name
            self.inputs = inputs
            self.output = output
        }
    }

    public var methods: [Method]
    /// Fields by a struct's name, as `name:type` in wire order. Types are `u16`, `C16` (compact), `Account`,
    /// `Vec<…>`, `Option<…>`, `(…,…)` and the names here.
    public var structs: [String: String]

    public init(methods: [Method] = [], structs: [String: String] = [:]) {
        self.methods = methods
        self.structs = structs
    }
}

extension Metadata {
    /// Adds runtime APIs, and their types, to metadata that describes none.
    public mutating func assume(_ assumed: AssumedAPIs) {
        var builder = AssumedTypeBuilder(registry: types, structs: assumed.structs)
        var order: [String] = []
        var byAPI: [String: [RuntimeAPI.Method]] = [:]
        for known in assumed.methods {
            var method = RuntimeAPI.Method(
                name: known.name, inputs: known.inputs.map { .init($0.name, builder.type($0.type)) },
                output: builder.type(known.output))
            method.isAssumed = true
            if byAPI[known.api] == nil { order.append(known.api) }
            byAPI[known.api, default: []].append(method)
        }
        types = builder.registry
        apis += order.map { RuntimeAPI(name: $0, methods: byAPI[$0] ?? []) }
    }
}

/// Makes registry types of the table's notation: `u16`, `C16` (compact), `Vec<…>`, `Option<…>`, `(…,…)`, names.
private struct AssumedTypeBuilder {
    var registry: TypeRegistry
    let structs: [String: String]
    private var known: [String: TypeRegistry.ID] = [:]

    init(registry: TypeRegistry, structs: [String: String]) {
        self.registry = registry
        self.structs = structs
    }

    mutating func type(_ notation: String) -> TypeRegistry.ID {
        if let id = known[notation] { return id }
        let id = registry.add(definition(notation))
        known[notation] = id
        return id
    }

    private mutating func definition(_ notation: String) -> TypeDefinition {
        if let primitive = Self.primitives[notation] { return TypeDefinition(.primitive(primitive)) }
        if let fields = structs[notation] {
            return TypeDefinition(
                path: [notation],
                .composite(
                    fields.split(separator: " ").compactMap { field in
                        let parts = field.split(separator: ":", maxSplits: 1)
                        return parts.count == 2 ? .init(String(parts[0]), type(String(parts[1]))) : nil
                    }))
        }
        if notation == "Account" { return TypeDefinition(.array(count: 32, type("u8"))) }
        if let inner = Self.inside(notation, "Vec<", ">") { return TypeDefinition(.sequence(type(inner))) }
        if let inner = Self.inside(notation, "Option<", ">") {
            return TypeDefinition(
                path: ["Option"],
                .variant([.init("None", index: 0), .init("Some", index: 1, [.init(nil, type(inner))])]))
        }
        if let inner = Self.inside(notation, "(", ")") {
            return TypeDefinition(.tuple(inner.split(separator: ",").map { type(String($0)) }))
        }
        guard notation.hasPrefix("C"), Self.primitives["u" + notation.dropFirst()] != nil else {
            preconditionFailure("the table of runtime APIs has no type \(notation)")
        }
        return TypeDefinition(.compact(type("u" + notation.dropFirst())))
    }

    private static func inside(_ text: String, _ start: String, _ end: String) -> String? {
        guard text.hasPrefix(start), text.hasSuffix(end) else { return nil }
        return String(text.dropFirst(start.count).dropLast(end.count))
    }

    private static let primitives: [String: TypeDefinition.Primitive] = [
        "bool": .bool, "u8": .u8, "u16": .u16, "u32": .u32, "u64": .u64, "u128": .u128, "i128": .i128,
    ]
}
