import Substrate

/// A struct that runtime APIs return: its fields in order, each with the value it takes from a source.
///
/// One list gives both the struct's metadata and its bytes, so the two cannot part.
struct RuntimeStruct<Source>: Sendable {
    struct Field: Sendable {
        let name: String
        let typeName: String
        let encode: @Sendable (Source, inout ScaleEncoder) -> Void

        init<Value: RuntimeValue>(_ name: String, _ value: @escaping @Sendable (Source) -> Value) {
            self.name = name
            typeName = Value.typeName
            encode = { source, encoder in value(source).encode(to: &encoder) }
        }
    }

    let path: String
    let fields: [Field]

    init(_ path: String, _ fields: [Field]) {
        self.path = path
        self.fields = fields
    }

    func encode(_ source: Source, to encoder: inout ScaleEncoder) {
        for field in fields { field.encode(source, &encoder) }
    }

    /// How the metadata shows the struct.
    var declaration: TypeDeclaration {
        TypeDeclaration(
            path, parameters: [("AccountId", "AccountId32")],
            layout: .composite(fields.map { TypeDeclaration.Field(name: $0.name, type: $0.typeName) }))
    }

    /// The name that type expressions use.
    var typeName: String { declaration.name }
}
