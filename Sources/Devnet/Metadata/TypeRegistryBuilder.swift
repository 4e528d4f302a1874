import Substrate

/// Numbers the runtime's types as they are asked for, each once.
///
/// Types are asked for by expression: primitives, declared names, `Vec<T>`, `Compact<T>`, `Option<T>`,
/// `BoundedVec<T>`, `(A, B)`, `[T; n]`. The runtime is this process's own, so an expression that does not resolve is
/// a programming error and stops it.
struct TypeRegistryBuilder {
    private(set) var registry = TypeRegistry()
    private var numbers: [String: TypeRegistry.ID] = [:]
    private var declarations: [String: TypeDeclaration] = [:]

    init(_ declarations: [TypeDeclaration]) {
        for declaration in declarations { declare(declaration) }
    }

    mutating func declare(_ declaration: TypeDeclaration) {
        declarations[declaration.name] = declaration
    }

    /// The number of the type that this expression names.
    mutating func id(of expression: String) -> TypeRegistry.ID {
        let expression = expression.filter { $0 != " " }
        if let number = numbers[expression] { return number }
        // The number is taken before the parts are, so that a type may contain itself.
        let number = registry.add(TypeDefinition(.tuple([])))
        numbers[expression] = number
        registry.types[Int(number)] = definition(of: expression)
        return number
    }

    private mutating func definition(of expression: String) -> TypeDefinition {
        if let primitive = Self.primitives[expression] { return TypeDefinition(.primitive(primitive)) }
        if let declaration = declarations[expression] { return definition(of: declaration) }
        if let inner = argument(of: "Vec", in: expression) { return TypeDefinition(.sequence(id(of: inner))) }
        if let inner = argument(of: "Compact", in: expression) { return TypeDefinition(.compact(id(of: inner))) }
        if let inner = argument(of: "Option", in: expression) { return option(of: inner) }
        if let inner = argument(of: "BoundedVec", in: expression) { return boundedVector(of: inner) }
        if expression.hasPrefix("("), expression.hasSuffix(")") {
            return TypeDefinition(.tuple(Self.parts(expression.dropFirst().dropLast()).map { id(of: $0) }))
        }
        if expression.hasPrefix("["), expression.hasSuffix("]") {
            let parts = expression.dropFirst().dropLast().split(separator: ";")
            if parts.count == 2, let count = UInt32(parts[1]) {
                return TypeDefinition(.array(count: count, id(of: String(parts[0]))))
            }
        }
        preconditionFailure("the runtime names an unknown type: \(expression)")
    }

    private mutating func definition(of declaration: TypeDeclaration) -> TypeDefinition {
        let parameters = declaration.parameters.map { parameter in
            TypeDefinition.TypeParameter(name: parameter.name, type: parameter.type.map { id(of: $0) })
        }
        let definition: TypeDefinition.Definition =
            switch declaration.layout {
            case .composite(let fields): .composite(fields.map { field($0) })
            case .variant(let variants):
                .variant(
                    variants.map {
                        TypeDefinition.Variant(
                            $0.name, index: $0.index, $0.fields.map { field($0) }, documentation: $0.docs)
                    })
            }
        return TypeDefinition(path: declaration.path, parameters: parameters, definition)
    }

    private mutating func field(_ field: TypeDeclaration.Field) -> TypeDefinition.Field {
        TypeDefinition.Field(field.name, id(of: field.type), typeName: field.type)
    }

    private mutating func option(of inner: String) -> TypeDefinition {
        let inner = id(of: inner)
        return TypeDefinition(
            path: ["Option"], parameters: [.init(name: "T", type: inner)],
            .variant([.init("None", index: 0), .init("Some", index: 1, [.init(nil, inner)])]))
    }

    private mutating func boundedVector(of inner: String) -> TypeDefinition {
        TypeDefinition(
            path: ["bounded_collections", "bounded_vec", "BoundedVec"],
            parameters: [.init(name: "T", type: id(of: inner)), .init(name: "S", type: nil)],
            .composite([.init(nil, id(of: "Vec<\(inner)>"), typeName: "Vec<T>")]))
    }

    private func argument(of generic: String, in expression: String) -> String? {
        guard expression.hasPrefix(generic + "<"), expression.hasSuffix(">") else { return nil }
        return String(expression.dropFirst(generic.count + 1).dropLast())
    }

    /// The parts between the commas that stand outside of brackets.
    private static func parts(_ list: Substring) -> [String] {
        var parts: [String] = []
        var part = ""
        var depth = 0
        for character in list {
            if "<([".contains(character) { depth += 1 }
            if ">)]".contains(character) { depth -= 1 }
            if character == ",", depth == 0 {
                parts.append(part)
                part = ""
            } else {
                part.append(character)
            }
        }
        return part.isEmpty ? parts : parts + [part]
    }

    private static let primitives: [String: TypeDefinition.Primitive] = Dictionary(
        uniqueKeysWithValues: TypeDefinition.Primitive.allCases.map { ("\($0)", $0) })
}
