extension RuntimeCodec {
    /// Encodes a value as a type.
    ///
    /// The value may be looser than what decoding gives: integers of either kind, a tuple for a composite, a
    /// sequence for bytes, the bare value for `Some`, a text for `Vec<u8>`.
    ///
    /// - Throws: `valueMismatch` naming the field that does not fit.
    public func encode(_ value: ScaleValue, as type: TypeID) throws(SubstrateError) -> [UInt8] {
        var encoder = ScaleEncoder()
        try encode(value, as: type, into: &encoder)
        return encoder.bytes
    }

    public func encode(
        _ value: ScaleValue, as type: TypeID, into encoder: inout ScaleEncoder
    ) throws(SubstrateError) {
        try ValueWriter(codec: self).write(value, type, &encoder, depth: 0)
    }

    /// Encodes named values as a call's or case's fields, in the fields' order.
    func encode(
        fields values: [ScaleValue.Field], as shapes: [TypeShape.FieldShape], into encoder: inout ScaleEncoder,
        of owner: String
    ) throws(SubstrateError) {
        try ValueWriter(codec: self).write(fields: values, shapes, &encoder, owner: { owner }, depth: 0)
    }
}

private struct ValueWriter {
    let codec: RuntimeCodec

    func write(
        _ value: ScaleValue, _ type: TypeRegistry.ID, _ encoder: inout ScaleEncoder, depth: Int
    ) throws(SubstrateError) {
        guard depth < codec.limits.maximumDepth else { throw .limitExceeded("a value nests too deep") }
        switch try codec.shape(type) {
        case .unsigned(let width): try write(unsigned: value, width, type, &encoder)
        case .signed(let width): try write(signed: value, width, type, &encoder)
        case .compact(let width): try write(compact: value, width, type, &encoder)
        case .newtype(let inner): try write(newtype: value, inner, &encoder, depth: depth + 1)
        case .bool:
            guard case .bool(let bool) = value else { throw mismatch(value, type) }
            encoder.bool(bool)
        case .string:
            guard case .string(let text) = value else { throw mismatch(value, type) }
            encoder.string(text)
        case .character:
            guard case .string(let text) = value, let scalar = text.unicodeScalars.first,
                text.unicodeScalars.count == 1
            else { throw mismatch(value, type) }
            encoder.integer(scalar.value)
        case .byteSequence:
            if case .string(let text) = value { return encoder.string(text) }
            guard let bytes = value.bytes else { throw mismatch(value, type) }
            encoder.byteVector(bytes)
        case .byteArray(let count): try write(bytes: value, count, type, &encoder)
        case .wide: try write(bytes: value, 32, type, &encoder)
        case .composite(let shapes):
            try write(composite: value, shapes, type, &encoder, depth: depth + 1)
        case .variant(let shape): try write(variant: value, shape, type, &encoder, depth: depth + 1)
        case .option(let inner):
            guard case .option(let wrapped) = value else {
                encoder.byte(1)
                return try write(value, inner, &encoder, depth: depth + 1)
            }
            encoder.byte(wrapped == nil ? 0 : 1)
            if let wrapped { try write(wrapped, inner, &encoder, depth: depth + 1) }
        case .sequence(let element):
            guard let values = value.elements else { throw mismatch(value, type) }
            encoder.count(values.count)
            for value in values { try write(value, element, &encoder, depth: depth + 1) }
        case .array(let count, let element):
            guard let values = value.elements, values.count == count else { throw mismatch(value, type) }
            for value in values { try write(value, element, &encoder, depth: depth + 1) }
        case .tuple(let types):
            guard let values = value.elements, values.count == types.count else { throw mismatch(value, type) }
            for (value, type) in zip(values, types) { try write(value, type, &encoder, depth: depth + 1) }
        case .bits(let storeBytes, let isMostSignificantFirst):
            try write(bits: value, storeBytes, isMostSignificantFirst, type, &encoder)
        case .invalid(let message): throw .malformed(message)
        }
    }

    private func mismatch(_ value: ScaleValue, _ type: TypeRegistry.ID) -> SubstrateError {
        .mismatch("\(value.summary) does not fit \(codec.name(of: type))")
    }

    private func write(
        unsigned value: ScaleValue, _ width: Int, _ type: TypeRegistry.ID, _ encoder: inout ScaleEncoder
    ) throws(SubstrateError) {
        guard let number = value.integer(UInt128.self), width == 16 || number >> UInt128(8 * width) == 0 else {
            throw mismatch(value, type)
        }
        for index in 0..<width { encoder.byte(UInt8(truncatingIfNeeded: number >> UInt128(8 * index))) }
    }

    private func write(
        signed value: ScaleValue, _ width: Int, _ type: TypeRegistry.ID, _ encoder: inout ScaleEncoder
    ) throws(SubstrateError) {
        guard let number = value.integer(Int128.self) else { throw mismatch(value, type) }
        let high = number >> Int128(8 * width - 1)
        guard high == 0 || high == -1 else { throw mismatch(value, type) }
        for index in 0..<width { encoder.byte(UInt8(truncatingIfNeeded: number >> Int128(8 * index))) }
    }

    private func write(
        compact value: ScaleValue, _ width: Int, _ type: TypeRegistry.ID, _ encoder: inout ScaleEncoder
    ) throws(SubstrateError) {
        guard width > 0 else { return }
        guard let number = value.integer(UInt128.self), width == 16 || number >> UInt128(8 * width) == 0 else {
            throw mismatch(value, type)
        }
        encoder.compact(number)
    }

    private func write(
        bytes value: ScaleValue, _ count: Int, _ type: TypeRegistry.ID, _ encoder: inout ScaleEncoder
    ) throws(SubstrateError) {
        guard let bytes = value.bytes, bytes.count == count else { throw mismatch(value, type) }
        encoder.raw(bytes)
    }

    /// The field's value, or a composite of that one field.
    private func write(
        newtype value: ScaleValue, _ inner: TypeRegistry.ID, _ encoder: inout ScaleEncoder, depth: Int
    ) throws(SubstrateError) {
        if case .composite(let fields) = value, fields.count == 1, fields[0].name == nil {
            return try write(fields[0].value, inner, &encoder, depth: depth)
        }
        try write(value, inner, &encoder, depth: depth)
    }

    private func write(
        composite value: ScaleValue, _ shapes: [TypeShape.FieldShape], _ type: TypeRegistry.ID,
        _ encoder: inout ScaleEncoder, depth: Int
    ) throws(SubstrateError) {
        switch value {
        case .composite(let fields):
            try write(fields: fields, shapes, &encoder, owner: { codec.name(of: type) }, depth: depth)
        case .tuple(let values), .sequence(let values):
            guard values.count == shapes.count else { throw mismatch(value, type) }
            for (value, shape) in zip(values, shapes) { try write(value, shape.type, &encoder, depth: depth) }
        default:
            // `{ bits: 5 }` may be given as 5.
            guard shapes.count == 1 else { throw mismatch(value, type) }
            try write(value, shapes[0].type, &encoder, depth: depth)
        }
    }

    private func write(
        variant value: ScaleValue, _ shape: TypeShape.VariantShape, _ type: TypeRegistry.ID,
        _ encoder: inout ScaleEncoder, depth: Int
    ) throws(SubstrateError) {
        let name: String
        let fields: [ScaleValue.Field]
        switch value {
        case .variant(let caseName, let values): (name, fields) = (caseName, values)
        case .string(let caseName): (name, fields) = (caseName, [])
        default: throw mismatch(value, type)
        }
        guard let position = shape.byName[name] else {
            throw .mismatch("\(codec.name(of: type)) has no case \(name)")
        }
        let item = shape.cases[position]
        encoder.byte(item.index)
        try write(
            fields: fields, item.fields, &encoder, owner: { "\(codec.name(of: type)).\(name)" }, depth: depth)
    }

    func write(
        fields values: [ScaleValue.Field], _ shapes: [TypeShape.FieldShape], _ encoder: inout ScaleEncoder,
        owner: () -> String, depth: Int
    ) throws(SubstrateError) {
        guard values.count == shapes.count else {
            throw .mismatch("\(owner()) takes \(shapes.count) fields, not \(values.count)")
        }
        for (index, shape) in shapes.enumerated() {
            // By name where both have names, and by position otherwise.
            var value: ScaleValue? = values[index].value
            if let name = shape.name, values[index].name != name, values[index].name != nil {
                value = values.first { $0.name == name }?.value
            }
            guard let value else { throw .mismatch("\(owner()) lacks field \(shape.name ?? "\(index)")") }
            do {
                try write(value, shape.type, &encoder, depth: depth)
            } catch {
                guard error.code == .valueMismatch else { throw error }
                throw .mismatch("\(owner()).\(shape.name ?? "\(index)"): \(error.message)")
            }
        }
    }

    private func write(
        bits value: ScaleValue, _ storeBytes: Int, _ isMostSignificantFirst: Bool, _ type: TypeRegistry.ID,
        _ encoder: inout ScaleEncoder
    ) throws(SubstrateError) {
        guard case .sequence(let values) = value else { throw mismatch(value, type) }
        encoder.count(values.count)
        let width = storeBytes * 8
        var start = 0
        while start < values.count {
            var word: UInt128 = 0
            for (bit, value) in values[start..<min(start + width, values.count)].enumerated() {
                guard case .bool(let isSet) = value else { throw mismatch(value, type) }
                if isSet { word |= 1 << UInt128(isMostSignificantFirst ? width - 1 - bit : bit) }
            }
            for index in 0..<storeBytes { encoder.byte(UInt8(truncatingIfNeeded: word >> UInt128(8 * index))) }
            start += width
        }
    }
}

extension ScaleValue {
    /// The value's kind for messages; never its content, which may be long or private.
    var summary: String {
        switch self {
        case .bool: "a boolean"
        case .uint(let value): "integer \(value)"
        case .int(let value): "integer \(value)"
        case .string: "a text"
        case .bytes(let bytes): "\(bytes.count) bytes"
        case .sequence(let values): "a sequence of \(values.count)"
        case .tuple(let values): "a tuple of \(values.count)"
        case .composite(let fields): "a composite of \(fields.count) fields"
        case .variant(let name, _): "case \(name)"
        case .option(nil): "none"
        case .option: "an option"
        }
    }
}
