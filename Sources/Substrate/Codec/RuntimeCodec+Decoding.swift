extension RuntimeCodec {
    /// Decodes one value that takes all of `bytes`.
    public func decode(_ bytes: [UInt8], as type: TypeID) throws(SubstrateError) -> ScaleValue {
        var decoder = ScaleDecoder(bytes)
        let value = try decode(from: &decoder, as: type)
        do {
            try decoder.finish()
        } catch {
            throw .malformed("\(name(of: type)): \(error.message)")
        }
        return value
    }

    /// Decodes one value from where the decoder stands.
    public func decode(from decoder: inout ScaleDecoder, as type: TypeID) throws(SubstrateError) -> ScaleValue {
        var reader = ValueReader(codec: self, decoder: decoder)
        let value = try reader.value(type, depth: 0)
        decoder = reader.decoder
        return value
    }
}

/// Walks a type and the bytes of its value together.
private struct ValueReader {
    let codec: RuntimeCodec
    var decoder: ScaleDecoder
    /// Values that may still be made. Counts empty ones too: a hostile type can nest them without end.
    private var budget: Int

    init(codec: RuntimeCodec, decoder: ScaleDecoder) {
        self.codec = codec
        self.decoder = decoder
        budget = codec.limits.maximumValues
    }

    mutating func value(_ type: TypeRegistry.ID, depth: Int) throws(SubstrateError) -> ScaleValue {
        guard depth < codec.limits.maximumDepth else { throw .limitExceeded("a value nests too deep") }
        guard budget > 0 else { throw .limitExceeded("more than \(codec.limits.maximumValues) values") }
        budget -= 1
        switch try codec.shape(type) {
        case .unsigned(let width): return .uint(try unsigned(width))
        case .compact(let width): return .uint(try compact(width))
        case .newtype(let inner): return try value(inner, depth: depth + 1)
        case .bool: return .bool(try decoder.bool())
        case .byteArray(let count): return .bytes(try decoder.bytes(count: count))
        case .byteSequence: return .bytes(try decoder.byteVector())
        case .composite(let fields): return .composite(try self.fields(fields, depth: depth + 1))
        case .option(let inner): return .option(try option(inner, depth: depth + 1))
        case .variant(let shape): return try variant(shape, type, depth: depth + 1)
        case .tuple(let elements): return .tuple(try tuple(elements, depth: depth + 1))
        case .sequence(let element):
            let count = try decoder.count(elementBytes: codec.minimumSize(element))
            return .sequence(try elements(element, count: count, depth: depth + 1))
        case .array(let count, let element):
            return .sequence(try elements(element, count: count, depth: depth + 1))
        case .signed(let width): return .int(try signed(width))
        case .string: return .string(try decoder.string())
        case .character: return .string(try character())
        case .wide: return .bytes(try decoder.bytes(count: 32))
        case .bits(let storeBytes, let isMostSignificantFirst):
            return .sequence(try bits(storeBytes: storeBytes, isMostSignificantFirst))
        case .invalid(let message): throw .malformed(message)
        }
    }

    private mutating func unsigned(_ width: Int) throws(SubstrateError) -> UInt128 {
        switch width {
        case 1: UInt128(try decoder.byte())
        case 2: UInt128(try decoder.integer(UInt16.self))
        case 4: UInt128(try decoder.integer(UInt32.self))
        case 8: UInt128(try decoder.integer(UInt64.self))
        default: try decoder.integer(UInt128.self)
        }
    }

    private mutating func signed(_ width: Int) throws(SubstrateError) -> Int128 {
        switch width {
        case 1: Int128(try decoder.integer(Int8.self))
        case 2: Int128(try decoder.integer(Int16.self))
        case 4: Int128(try decoder.integer(Int32.self))
        case 8: Int128(try decoder.integer(Int64.self))
        default: try decoder.integer(Int128.self)
        }
    }

    private mutating func compact(_ width: Int) throws(SubstrateError) -> UInt128 {
        guard width > 0 else { return 0 }
        let value = try decoder.compact()
        guard width == 16 || value >> UInt128(8 * width) == 0 else {
            throw .malformed("compact \(value) does not fit \(width) bytes")
        }
        return value
    }

    private mutating func character() throws(SubstrateError) -> String {
        guard let scalar = Unicode.Scalar(try decoder.integer(UInt32.self)) else {
            throw .malformed("a character is not a Unicode scalar")
        }
        return String(Character(scalar))
    }

    private mutating func option(_ inner: TypeRegistry.ID, depth: Int) throws(SubstrateError) -> ScaleValue? {
        switch try decoder.byte() {
        case 0: return nil
        case 1: return try value(inner, depth: depth)
        case let tag: throw .malformed("\(tag) is not an option's tag")
        }
    }

    private mutating func variant(
        _ shape: TypeShape.VariantShape, _ type: TypeRegistry.ID, depth: Int
    ) throws(SubstrateError) -> ScaleValue {
        let index = try decoder.byte()
        guard let position = shape.byIndex[index] else {
            throw .malformed("\(codec.name(of: type)) has no case \(index)")
        }
        let item = shape.cases[position]
        return .variant(item.name, try fields(item.fields, depth: depth))
    }

    private mutating func fields(
        _ shapes: [TypeShape.FieldShape], depth: Int
    ) throws(SubstrateError) -> [ScaleValue.Field] {
        var fields: [ScaleValue.Field] = []
        fields.reserveCapacity(shapes.count)
        for shape in shapes { fields.append(.init(shape.name, try value(shape.type, depth: depth))) }
        return fields
    }

    private mutating func tuple(_ types: [TypeRegistry.ID], depth: Int) throws(SubstrateError) -> [ScaleValue] {
        var values: [ScaleValue] = []
        values.reserveCapacity(types.count)
        for type in types { values.append(try value(type, depth: depth)) }
        return values
    }

    private mutating func elements(
        _ type: TypeRegistry.ID, count: Int, depth: Int
    ) throws(SubstrateError) -> [ScaleValue] {
        guard count <= budget else { throw .limitExceeded("more than \(codec.limits.maximumValues) values") }
        var values: [ScaleValue] = []
        values.reserveCapacity(min(count, decoder.remaining, 65_536))
        for _ in 0..<count { values.append(try value(type, depth: depth)) }
        return values
    }

    private mutating func bits(
        storeBytes: Int, _ isMostSignificantFirst: Bool
    ) throws(SubstrateError) -> [ScaleValue] {
        let announced = try decoder.compact()
        guard let count = Int(exactly: announced), count / 8 <= decoder.remaining, count <= budget else {
            throw .malformed("\(announced) bits announced, \(decoder.remaining) bytes left")
        }
        budget -= count
        let width = storeBytes * 8
        var values: [ScaleValue] = []
        values.reserveCapacity(count)
        while values.count < count {
            let word = try unsigned(storeBytes)
            for bit in 0..<min(width, count - values.count) {
                let shift = UInt128(isMostSignificantFirst ? width - 1 - bit : bit)
                values.append(.bool(word >> shift & 1 == 1))
            }
        }
        return values
    }
}

extension RuntimeCodec {
    func minimumSize(_ type: TypeID) -> Int {
        let index = Int(type)
        return minimumSizes.indices.contains(index) ? minimumSizes[index] : 0
    }
}
