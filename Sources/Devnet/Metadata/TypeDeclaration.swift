/// A named type of the runtime, as the metadata will describe it.
///
/// Fields name their types by expression, such as `Vec<(u16, u16)>`; ``TypeRegistryBuilder`` resolves them.
struct TypeDeclaration: Sendable {
    enum Layout: Sendable {
        case composite([Field])
        case variant([Variant])
    }

    struct Field: Sendable {
        /// `nil` in a tuple struct.
        let name: String?
        let type: String
    }

    struct Variant: Sendable {
        let name: String
        let index: UInt8
        let fields: [Field]
        let docs: [String]

        init(_ name: String, _ index: UInt8, _ fields: KeyValuePairs<String, String> = [:], docs: [String] = []) {
            self.init(name, index, fields: Field.list(fields), docs: docs)
        }

        init(_ name: String, _ index: UInt8, fields: [Field], docs: [String] = []) {
            self.name = name
            self.index = index
            self.fields = fields
            self.docs = docs
        }
    }

    /// What expressions call the type.
    let name: String
    /// Rust path, the type's own name last. Clients choose decoders by it.
    let path: [String]
    /// Generic parameters by name; `nil` for one that has no type in the metadata.
    let parameters: [(name: String, type: String?)]
    let layout: Layout

    static func composite(
        _ path: String, _ fields: KeyValuePairs<String, String>, parameters: [(name: String, type: String?)] = [],
        named name: String? = nil
    ) -> TypeDeclaration {
        TypeDeclaration(path, parameters: parameters, named: name, layout: .composite(Field.list(fields)))
    }

    static func variant(_ path: String, _ variants: [Variant], named name: String? = nil) -> TypeDeclaration {
        TypeDeclaration(path, named: name, layout: .variant(variants))
    }

    init(
        _ path: String, parameters: [(name: String, type: String?)] = [], named name: String? = nil, layout: Layout
    ) {
        let components = path.split(separator: ":").map(String.init)
        self.path = components
        self.name = name ?? components.last ?? path
        self.parameters = parameters
        self.layout = layout
    }
}

extension TypeDeclaration.Field {
    /// Fields from a literal; an empty name stands for none.
    static func list(_ fields: KeyValuePairs<String, String>) -> [Self] {
        fields.map { Self(name: $0.key.isEmpty ? nil : $0.key, type: $0.value) }
    }
}
