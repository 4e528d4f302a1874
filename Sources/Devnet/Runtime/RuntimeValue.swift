import Signing
import Substrate
import Subtensor

/// A Swift type that the runtime stores or returns: its SCALE form, and what the metadata calls it.
protocol RuntimeValue: Sendable {
    /// Expression for ``TypeRegistryBuilder``.
    static var typeName: String { get }
    func encode(to encoder: inout ScaleEncoder)
    init(from decoder: inout ScaleDecoder) throws(SubstrateError)
}

extension RuntimeValue {
    var scale: [UInt8] {
        var encoder = ScaleEncoder()
        encode(to: &encoder)
        return encoder.bytes
    }
}

/// An integer, or a struct around one, that SCALE can also write in compact form.
protocol CompactRuntimeValue: RuntimeValue {
    associatedtype Integer: FixedWidthInteger & Sendable
    var integer: Integer { get }
    init(integer: Integer)
}

extension CompactRuntimeValue {
    func encode(to encoder: inout ScaleEncoder) { encoder.integer(integer) }
    init(from decoder: inout ScaleDecoder) throws(SubstrateError) { self.init(integer: try decoder.integer()) }
}

extension CompactRuntimeValue where Self: FixedWidthInteger {
    var integer: Self { self }
    init(integer: Self) { self = integer }
}

extension UInt8: CompactRuntimeValue { static var typeName: String { "u8" } }
extension UInt16: CompactRuntimeValue { static var typeName: String { "u16" } }
extension UInt32: CompactRuntimeValue { static var typeName: String { "u32" } }
extension UInt64: CompactRuntimeValue { static var typeName: String { "u64" } }
extension UInt128: CompactRuntimeValue { static var typeName: String { "u128" } }
extension Int16: CompactRuntimeValue { static var typeName: String { "i16" } }

extension Bool: RuntimeValue {
    static var typeName: String { "bool" }
    func encode(to encoder: inout ScaleEncoder) { encoder.bool(self) }
    init(from decoder: inout ScaleDecoder) throws(SubstrateError) { self = try decoder.bool() }
}

extension Array: RuntimeValue where Element: RuntimeValue {
    static var typeName: String { "Vec<\(Element.typeName)>" }
    func encode(to encoder: inout ScaleEncoder) { encoder.vector(self) { $1.encode(to: &$0) } }
    init(from decoder: inout ScaleDecoder) throws(SubstrateError) {
        self = try decoder.vector { (decoder) throws(SubstrateError) in try Element(from: &decoder) }
    }
}

extension Optional: RuntimeValue where Wrapped: RuntimeValue {
    static var typeName: String { "Option<\(Wrapped.typeName)>" }
    func encode(to encoder: inout ScaleEncoder) { encoder.option(self) { $1.encode(to: &$0) } }
    init(from decoder: inout ScaleDecoder) throws(SubstrateError) {
        self = try decoder.option { (decoder) throws(SubstrateError) in try Wrapped(from: &decoder) }
    }
}

/// The compact form of a value.
struct Compact<Value: CompactRuntimeValue>: RuntimeValue {
    static var typeName: String { "Compact<\(Value.typeName)>" }
    let value: Value
    init(_ value: Value) { self.value = value }
    func encode(to encoder: inout ScaleEncoder) { encoder.compact(UInt128(truncatingIfNeeded: value.integer)) }
    init(from decoder: inout ScaleDecoder) throws(SubstrateError) {
        value = Value(integer: try decoder.compact(as: Value.Integer.self))
    }
}

/// Two values, one after the other.
struct Pair<First: RuntimeValue, Second: RuntimeValue>: RuntimeValue {
    static var typeName: String { "(\(First.typeName),\(Second.typeName))" }
    let first: First
    let second: Second
    init(_ first: First, _ second: Second) {
        self.first = first
        self.second = second
    }
    func encode(to encoder: inout ScaleEncoder) {
        first.encode(to: &encoder)
        second.encode(to: &encoder)
    }
    init(from decoder: inout ScaleDecoder) throws(SubstrateError) {
        first = try First(from: &decoder)
        second = try Second(from: &decoder)
    }
}

extension AccountID: RuntimeValue {
    static var typeName: String { "AccountId32" }
    func encode(to encoder: inout ScaleEncoder) { encoder.raw(bytes) }
    init(from decoder: inout ScaleDecoder) throws(SubstrateError) {
        guard let account = AccountID(bytes: try decoder.bytes(count: 32)) else {
            preconditionFailure("32 bytes are an account")
        }
        self = account
    }

    /// The account of 32 zeros, Substrate's default.
    static let zero: AccountID = {
        guard let account = AccountID(bytes: [UInt8](repeating: 0, count: 32)) else {
            preconditionFailure("32 bytes are an account")
        }
        return account
    }()
}

extension Netuid: CompactRuntimeValue {
    static var typeName: String { "NetUid" }
    var integer: UInt16 { rawValue }
    init(integer: UInt16) { self.init(integer) }
}

extension UID: CompactRuntimeValue {
    static var typeName: String { "u16" }
    var integer: UInt16 { rawValue }
    init(integer: UInt16) { self.init(integer) }
}
