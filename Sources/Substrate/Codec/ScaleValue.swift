/// A value of any runtime type.
///
/// Wrappers around one unnamed field (`AccountId32`, `NetUid`, `H256`, `BoundedVec`, …) are seen through: their value
/// is the field's. So account ids and hashes are `bytes`, ids and per-mille types are `uint`.
public indirect enum ScaleValue: Hashable, Sendable {
    case bool(Bool)
    /// Unsigned integers up to 128 bits, compact ones included.
    case uint(UInt128)
    case int(Int128)
    /// `str` and `char`.
    case string(String)
    /// `Vec<u8>`, `[u8; N]`, and 256-bit integers (32 bytes, little-endian).
    case bytes([UInt8])
    /// Other vectors and arrays, and bit sequences (of `bool`).
    case sequence([ScaleValue])
    case tuple([ScaleValue])
    case composite([Field])
    /// One case of an enum other than `Option`.
    case variant(String, [Field])
    case option(ScaleValue?)

    public struct Field: Hashable, Sendable {
        public var name: String?
        public var value: ScaleValue
        public init(_ name: String?, _ value: ScaleValue) {
            self.name = name
            self.value = value
        }
    }

    /// The empty tuple.
    public static let unit = ScaleValue.tuple([])
    /// `None`.
    public static let null = ScaleValue.option(nil)
    public static func number(_ value: some FixedWidthInteger & UnsignedInteger) -> ScaleValue {
        .uint(UInt128(truncatingIfNeeded: value))
    }
    /// A case of an enum without fields, or with unnamed ones.
    public static func choice(_ name: String, _ values: ScaleValue...) -> ScaleValue {
        .variant(name, values.map { Field(nil, $0) })
    }
    /// A composite with named fields.
    public static func record(_ fields: KeyValuePairs<String, ScaleValue>) -> ScaleValue {
        .composite(fields.map { Field($0.key, $0.value) })
    }
}

extension ScaleValue {
    /// What an option holds, through any number of them; itself for everything else; nil for `None`.
    public var unwrapped: ScaleValue? {
        var value = self
        while case .option(let inner) = value {
            guard let inner else { return nil }
            value = inner
        }
        return value
    }

    /// A field of a composite or variant by name; looks into options.
    public subscript(_ name: String) -> ScaleValue? {
        switch unwrapped {
        case .composite(let fields), .variant(_, let fields): fields.first { $0.name == name }?.value
        default: nil
        }
    }

    /// An element of a sequence, tuple, composite or variant by position.
    public subscript(_ index: Int) -> ScaleValue? {
        switch unwrapped {
        case .sequence(let values), .tuple(let values): values.indices.contains(index) ? values[index] : nil
        case .composite(let fields), .variant(_, let fields):
            fields.indices.contains(index) ? fields[index].value : nil
        default: nil
        }
    }

    public var bool: Bool? {
        if case .bool(let value) = unwrapped { value } else { nil }
    }

    /// The integer where it is one and fits `T`.
    public func integer<T: FixedWidthInteger>(_ type: T.Type = T.self) -> T? {
        switch unwrapped {
        case .uint(let value): T(exactly: value)
        case .int(let value): T(exactly: value)
        default: nil
        }
    }

    public var bytes: [UInt8]? {
        switch unwrapped {
        case .bytes(let bytes): return bytes
        case .sequence(let values):
            // `Vec<Compact<u8>>`, as the metagraph spells its texts.
            var bytes: [UInt8] = []
            bytes.reserveCapacity(values.count)
            for value in values {
                guard let byte = value.integer(UInt8.self) else { return nil }
                bytes.append(byte)
            }
            return bytes
        default: return nil
        }
    }

    /// A text, or bytes read as UTF-8 with repairs.
    public var text: String? {
        if case .string(let text) = unwrapped { return text }
        return bytes.map { String(decoding: $0, as: UTF8.self) }
    }

    /// The elements of a vector or tuple.
    public var elements: [ScaleValue]? {
        switch unwrapped {
        case .sequence(let values), .tuple(let values): values
        case .bytes(let bytes): bytes.map { .uint(UInt128($0)) }
        default: nil
        }
    }

    /// The name of an enum's case.
    public var caseName: String? {
        if case .variant(let name, _) = unwrapped { name } else { nil }
    }

    /// The integers of a vector where all fit `T`.
    public func integers<T: FixedWidthInteger>(_ type: T.Type = T.self) -> [T]? {
        guard let elements else { return nil }
        var integers: [T] = []
        integers.reserveCapacity(elements.count)
        for element in elements {
            guard let integer = element.integer(T.self) else { return nil }
            integers.append(integer)
        }
        return integers
    }

    /// A fixed-point number (`substrate_fixed`: one integer named `bits`) with this many fraction bits, or a plain
    /// integer read that way.
    public func fixedPoint(fractionBits: Int) -> Double? {
        switch (self["bits"] ?? self).unwrapped {
        case .uint(let value): Double(value) / Double(sign: .plus, exponent: fractionBits, significand: 1)
        case .int(let value): Double(value) / Double(sign: .plus, exponent: fractionBits, significand: 1)
        default: nil
        }
    }
}

extension ScaleValue: ExpressibleByBooleanLiteral, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByArrayLiteral
{
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: UInt64) { self = .uint(UInt128(value)) }
    public init(arrayLiteral elements: ScaleValue...) { self = .sequence(elements) }
}
