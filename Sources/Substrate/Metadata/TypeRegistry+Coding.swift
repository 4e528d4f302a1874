extension TypeRegistry {
    init(from decoder: inout ScaleDecoder) throws(SubstrateError) {
        let count = try decoder.count(elementBytes: 5)
        var types: [TypeDefinition] = []
        types.reserveCapacity(min(count, 4_096))
        for index in 0..<count {
            // Every known producer numbers types by position, and lookups by number rely on it.
            guard try decoder.compact() == UInt128(index.magnitude) else {
                throw .malformed("type \(index) of the registry carries another number")
            }
            types.append(try TypeDefinition(from: &decoder))
        }
        self.init(types)
    }

    func encode(to encoder: inout ScaleEncoder) {
        encoder.count(types.count)
        for (index, type) in types.enumerated() {
            encoder.count(index)
            type.encode(to: &encoder)
        }
    }
}

extension ScaleDecoder {
    mutating func typeID() throws(SubstrateError) -> TypeRegistry.ID { try compact(as: TypeRegistry.ID.self) }

    mutating func strings() throws(SubstrateError) -> [String] {
        try vector { (decoder) throws(SubstrateError) in try decoder.string() }
    }
}

extension ScaleEncoder {
    mutating func typeID(_ id: TypeRegistry.ID) { compact(UInt128(id)) }
    mutating func strings(_ values: [String]) { vector(values) { $0.string($1) } }
}

extension TypeDefinition {
    init(from decoder: inout ScaleDecoder) throws(SubstrateError) {
        path = try decoder.strings()
        parameters = try decoder.vector { (decoder) throws(SubstrateError) in
            TypeParameter(
                name: try decoder.string(),
                type: try decoder.option { (decoder) throws(SubstrateError) in try decoder.typeID() })
        }
        definition = try Definition(from: &decoder)
        documentation = try decoder.strings()
    }

    func encode(to encoder: inout ScaleEncoder) {
        encoder.strings(path)
        encoder.vector(parameters) { encoder, parameter in
            encoder.string(parameter.name)
            encoder.option(parameter.type) { $0.typeID($1) }
        }
        definition.encode(to: &encoder)
        encoder.strings(documentation)
    }
}

extension TypeDefinition.Definition {
    init(from decoder: inout ScaleDecoder) throws(SubstrateError) {
        switch try decoder.byte() {
        case 0:
            self = .composite(try TypeDefinition.Field.list(from: &decoder))
        case 1:
            self = .variant(
                try decoder.vector { (decoder) throws(SubstrateError) in
                    TypeDefinition.Variant(
                        name: try decoder.string(), fields: try TypeDefinition.Field.list(from: &decoder),
                        index: try decoder.byte(), documentation: try decoder.strings())
                })
        case 2: self = .sequence(try decoder.typeID())
        case 3: self = .array(count: try decoder.integer(), try decoder.typeID())
        case 4:
            self = .tuple(try decoder.vector { (decoder) throws(SubstrateError) in try decoder.typeID() })
        case 5:
            let tag = try decoder.byte()
            guard let primitive = TypeDefinition.Primitive(rawValue: tag) else {
                throw .malformed("no primitive type has number \(tag)")
            }
            self = .primitive(primitive)
        case 6: self = .compact(try decoder.typeID())
        case 7: self = .bitSequence(store: try decoder.typeID(), order: try decoder.typeID())
        case let tag: throw .malformed("no kind of type has number \(tag)")
        }
    }

    func encode(to encoder: inout ScaleEncoder) {
        switch self {
        case .composite(let fields):
            encoder.byte(0)
            encoder.vector(fields) { $1.encode(to: &$0) }
        case .variant(let variants):
            encoder.byte(1)
            encoder.vector(variants) { encoder, variant in
                encoder.string(variant.name)
                encoder.vector(variant.fields) { $1.encode(to: &$0) }
                encoder.byte(variant.index)
                encoder.strings(variant.documentation)
            }
        case .sequence(let element):
            encoder.byte(2)
            encoder.typeID(element)
        case .array(let count, let element):
            encoder.byte(3)
            encoder.integer(count)
            encoder.typeID(element)
        case .tuple(let elements):
            encoder.byte(4)
            encoder.vector(elements) { $0.typeID($1) }
        case .primitive(let primitive):
            encoder.byte(5)
            encoder.byte(primitive.rawValue)
        case .compact(let inner):
            encoder.byte(6)
            encoder.typeID(inner)
        case .bitSequence(let store, let order):
            encoder.byte(7)
            encoder.typeID(store)
            encoder.typeID(order)
        }
    }
}

extension TypeDefinition.Variant {
    fileprivate init(name: String, fields: [TypeDefinition.Field], index: UInt8, documentation: [String]) {
        self.init(name, index: index, fields, documentation: documentation)
    }
}

extension TypeDefinition.Field {
    fileprivate static func list(from decoder: inout ScaleDecoder) throws(SubstrateError) -> [Self] {
        try decoder.vector { (decoder) throws(SubstrateError) in
            let name = try decoder.option { (decoder) throws(SubstrateError) in try decoder.string() }
            let type = try decoder.typeID()
            let typeName = try decoder.option { (decoder) throws(SubstrateError) in try decoder.string() }
            return Self(name, type, typeName: typeName, documentation: try decoder.strings())
        }
    }

    fileprivate func encode(to encoder: inout ScaleEncoder) {
        encoder.option(name) { $0.string($1) }
        encoder.typeID(type)
        encoder.option(typeName) { $0.string($1) }
        encoder.strings(documentation)
    }
}
