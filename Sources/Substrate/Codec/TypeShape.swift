/// A registry type made ready for coding: names and numbers looked up once.
indirect enum TypeShape: Sendable {
    case bool, character, string
    /// Bytes of width, 1 to 16.
    case unsigned(Int)
    case signed(Int)
    /// 256-bit integers.
    case wide
    /// One unnamed field: coded as that field.
    case newtype(TypeRegistry.ID)
    case composite([FieldShape])
    case variant(VariantShape)
    case option(TypeRegistry.ID)
    case byteSequence
    case byteArray(Int)
    case sequence(TypeRegistry.ID)
    case array(Int, TypeRegistry.ID)
    case tuple([TypeRegistry.ID])
    /// A compact integer of at most this many bytes; 0 for `Compact<()>`.
    case compact(Int)
    case bits(storeBytes: Int, mostSignificantFirst: Bool)
    /// A type that makes no sense; coding it throws `malformed` with this text.
    case invalid(String)

    struct FieldShape: Sendable {
        let name: String?
        let type: TypeRegistry.ID
    }

    struct VariantShape: Sendable {
        struct Case: Sendable {
            let name: String
            let index: UInt8
            let fields: [FieldShape]
        }
        let cases: [Case]
        /// Position in `cases` by index byte.
        let byIndex: [UInt8: Int]
        let byName: [String: Int]

        init(_ variants: [TypeDefinition.Variant]) {
            cases = variants.map { variant in
                Case(
                    name: variant.name, index: variant.index,
                    fields: variant.fields.map { FieldShape(name: $0.name, type: $0.type) })
            }
            // Of two with one number or name, which only a broken registry has, the first counts.
            byIndex = Dictionary(cases.enumerated().map { ($1.index, $0) }) { first, _ in first }
            byName = Dictionary(cases.enumerated().map { ($1.name, $0) }) { first, _ in first }
        }
    }
}

extension TypeRegistry {
    func shape(of type: TypeDefinition) -> TypeShape {
        switch type.definition {
        case .composite(let fields):
            if fields.count == 1, fields[0].name == nil { return .newtype(fields[0].type) }
            return .composite(fields.map { .init(name: $0.name, type: $0.type) })
        case .variant(let variants):
            if type.path == ["Option"], variants.count == 2, variants[0].index == 0, variants[0].fields.isEmpty,
                variants[1].index == 1, variants[1].fields.count == 1
            {
                return .option(variants[1].fields[0].type)
            }
            return .variant(.init(variants))
        case .sequence(let element):
            return isByte(element) ? .byteSequence : .sequence(element)
        case .array(let count, let element):
            return isByte(element) ? .byteArray(Int(count)) : .array(Int(count), element)
        case .tuple(let elements): return .tuple(elements)
        case .primitive(let primitive): return primitive.shape
        case .compact(let inner):
            return compactWidth(inner).map(TypeShape.compact) ?? .invalid("type \(inner) cannot be compact")
        case .bitSequence(let store, let order):
            guard case .primitive(let primitive)? = self[store]?.definition, case .unsigned(let width) = primitive.shape
            else { return .invalid("a bit sequence is not stored in unsigned integers") }
            return .bits(storeBytes: width, mostSignificantFirst: self[order]?.path.last == "Msb0")
        }
    }

    private func isByte(_ id: ID) -> Bool {
        if case .primitive(.u8)? = self[id]?.definition { true } else { false }
    }

    /// Width of the integer behind a compact, through wrappers.
    private func compactWidth(_ id: ID) -> Int? {
        var id = id
        // A wrapper chain longer than this is a loop.
        for _ in 0..<16 {
            switch self[id]?.definition {
            case .primitive(let primitive):
                guard case .unsigned(let width) = primitive.shape else { break }
                return width
            case .tuple(let elements) where elements.isEmpty: return 0
            case .composite(let fields) where fields.isEmpty: return 0
            case .composite(let fields) where fields.count == 1:
                id = fields[0].type
                continue
            default: break
            }
            break
        }
        return nil
    }
}

extension TypeDefinition.Primitive {
    var shape: TypeShape {
        switch self {
        case .bool: .bool
        case .char: .character
        case .str: .string
        case .u8: .unsigned(1)
        case .u16: .unsigned(2)
        case .u32: .unsigned(4)
        case .u64: .unsigned(8)
        case .u128: .unsigned(16)
        case .i8: .signed(1)
        case .i16: .signed(2)
        case .i32: .signed(4)
        case .i64: .signed(8)
        case .i128: .signed(16)
        case .u256, .i256: .wide
        }
    }
}
