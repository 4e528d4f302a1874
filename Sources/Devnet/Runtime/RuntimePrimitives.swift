import Substrate
import Subtensor

/// Where the columns of one mechanism of a subnet are stored: `mechanism * 4096 + netuid`.
struct StorageIndex: CompactRuntimeValue, Hashable {
    static var typeName: String { "NetUidStorageIndex" }
    let integer: UInt16
    init(integer: UInt16) { self.integer = integer }

    /// The index of mechanism 0.
    init(_ netuid: Netuid) { integer = netuid.rawValue }

    /// `nil` for one of more than 16 mechanisms, which no subnet has.
    init?(_ netuid: Netuid, mechanism: UInt8) {
        guard mechanism < 16, netuid.rawValue < 4_096 else { return nil }
        integer = UInt16(mechanism) << 12 | netuid.rawValue
    }
}

/// The number of one of a subnet's mechanisms, or how many there are.
struct MechanismID: CompactRuntimeValue, Hashable {
    static var typeName: String { "MechId" }
    let integer: UInt8
    init(integer: UInt8) { self.integer = integer }
}

/// A share of 65535.
struct PerU16: CompactRuntimeValue, Hashable {
    static var typeName: String { "PerU16" }
    let integer: UInt16
    init(integer: UInt16) { self.integer = integer }

    /// The nearest share below; 0 for what is not a share.
    init(_ share: Double) {
        integer = share.isFinite && share > 0 ? UInt16((min(share, 1) * 65_535).rounded(.down)) : 0
    }
}

/// An amount in rao, 10^-9 TAO.
struct TaoBalance: CompactRuntimeValue, Hashable {
    static var typeName: String { "TaoBalance" }
    let integer: UInt64
    init(integer: UInt64) { self.integer = integer }
    init(_ rao: UInt64) { integer = rao }
}

/// An amount of a subnet's token in units of 10^-9.
struct AlphaBalance: CompactRuntimeValue, Hashable {
    static var typeName: String { "AlphaBalance" }
    let integer: UInt64
    init(integer: UInt64) { self.integer = integer }
    init(_ units: UInt64) { integer = units }
}

/// A fixed-point number with 32 bits behind the point.
struct FixedI128: RuntimeValue {
    static var typeName: String { "FixedI128" }
    let bits: Int128
    init(_ whole: Int64) { bits = Int128(whole) << 32 }
    func encode(to encoder: inout ScaleEncoder) { encoder.integer(bits) }
    init(from decoder: inout ScaleDecoder) throws(SubstrateError) { bits = try decoder.integer() }
}

/// A fixed-point number with 32 bits behind the point.
struct FixedI64: RuntimeValue {
    static var typeName: String { "FixedI64" }
    let bits: Int64
    init(_ whole: Int32) { bits = Int64(whole) << 32 }
    func encode(to encoder: inout ScaleEncoder) { encoder.integer(bits) }
    init(from decoder: inout ScaleDecoder) throws(SubstrateError) { bits = try decoder.integer() }
}

extension BlockHash: RuntimeValue {
    static var typeName: String { "H256" }

    /// - Parameter bytes: 32 of them.
    init(_ bytes: [UInt8]) {
        guard let hash = BlockHash(bytes: bytes) else { preconditionFailure("a hash has 32 bytes") }
        self = hash
    }
    func encode(to encoder: inout ScaleEncoder) { encoder.raw(bytes) }
    init(from decoder: inout ScaleDecoder) throws(SubstrateError) { self.init(try decoder.bytes(count: 32)) }

    static let zero = BlockHash([UInt8](repeating: 0, count: 32))
}

/// One published endpoint as the chain stores it.
///
/// - Source: subtensor, `pallet_subtensor::AxonInfo`.
struct AxonRecord: RuntimeValue, Hashable {
    static var typeName: String { "AxonInfo" }
    var block: UInt64 = 0
    var version: UInt32 = 0
    var ip: UInt128 = 0
    var port: UInt16 = 0
    var ipType: UInt8 = 0
    var protocolNumber: UInt8 = 0
    var placeholder1: UInt8 = 0
    var placeholder2: UInt8 = 0

    init() {}

    func encode(to encoder: inout ScaleEncoder) {
        encoder.integer(block)
        encoder.integer(version)
        encoder.integer(ip)
        encoder.integer(port)
        for byte in [ipType, protocolNumber, placeholder1, placeholder2] { encoder.byte(byte) }
    }

    init(from decoder: inout ScaleDecoder) throws(SubstrateError) {
        block = try decoder.integer()
        version = try decoder.integer()
        ip = try decoder.integer()
        port = try decoder.integer()
        ipType = try decoder.byte()
        protocolNumber = try decoder.byte()
        placeholder1 = try decoder.byte()
        placeholder2 = try decoder.byte()
    }
}

/// A published metrics endpoint; the devnet stores none, so this is always empty.
struct PrometheusRecord: RuntimeValue {
    static var typeName: String { "PrometheusInfo" }
    init() {}
    func encode(to encoder: inout ScaleEncoder) {
        encoder.integer(UInt64(0))
        encoder.integer(UInt32(0))
        encoder.integer(UInt128(0))
        encoder.integer(UInt16(0))
        encoder.byte(0)
    }
    init(from decoder: inout ScaleDecoder) throws(SubstrateError) { _ = try decoder.bytes(count: 31) }
}

/// How a subnet's epochs turn weights into incentives.
enum EpochConsensus: UInt8, RuntimeValue {
    static var typeName: String { "SubnetEpochConsensusMode" }
    case yuma, null
    func encode(to encoder: inout ScaleEncoder) { encoder.byte(rawValue) }
    init(from decoder: inout ScaleDecoder) throws(SubstrateError) {
        self = try decoder.byte() == Self.null.rawValue ? .null : .yuma
    }
}

/// A value that the devnet never has: an identity, a certificate.
protocol NeverStored: RuntimeValue {}

extension NeverStored {
    func encode(to encoder: inout ScaleEncoder) { preconditionFailure("the devnet stores no \(Self.typeName)") }
    init(from decoder: inout ScaleDecoder) throws(SubstrateError) {
        preconditionFailure("the devnet stores no \(Self.typeName)")
    }
}

struct SubnetIdentity: NeverStored { static var typeName: String { "SubnetIdentityV3" } }
struct AccountIdentity: NeverStored { static var typeName: String { "ChainIdentityV2" } }
struct CommitmentRegistration: NeverStored { static var typeName: String { "Registration" } }
struct ConnectionRequirement: NeverStored { static var typeName: String { "[u16;2]" } }
struct NeuronCertificate: NeverStored { static var typeName: String { "NeuronCertificate" } }

/// An account's nonce and balance.
///
/// - Source: Substrate, `frame_system::AccountInfo` with `pallet_balances::AccountData`.
struct AccountRecord: RuntimeValue {
    static var typeName: String { "AccountInfo" }
    var nonce: UInt32 = 0
    var consumers: UInt32 = 0
    var providers: UInt32 = 0
    var sufficients: UInt32 = 0
    /// Rao.
    var free: UInt64 = 0
    var reserved: UInt64 = 0
    var frozen: UInt64 = 0
    /// The highest bit says that the account counts its references in the current way.
    var flags: UInt128 = 1 << 127

    init() {}

    func encode(to encoder: inout ScaleEncoder) {
        for value in [nonce, consumers, providers, sufficients] { encoder.integer(value) }
        for value in [free, reserved, frozen] { encoder.integer(value) }
        encoder.integer(flags)
    }

    init(from decoder: inout ScaleDecoder) throws(SubstrateError) {
        nonce = try decoder.integer()
        consumers = try decoder.integer()
        providers = try decoder.integer()
        sufficients = try decoder.integer()
        free = try decoder.integer()
        reserved = try decoder.integer()
        frozen = try decoder.integer()
        flags = try decoder.integer()
    }
}
