internal import Substrate

/// The endpoint a neuron has published on the chain.
///
/// - Source: subtensor, `AxonInfo`.
public struct AxonInfo: Hashable, Sendable {
    /// When it was published.
    public var block: UInt64
    /// The miner's own version number.
    public var version: UInt32
    /// The address as an integer, most significant octet first; what it means depends on ``ipType``.
    public var ip: UInt128
    public var port: UInt16
    /// 4 or 6.
    public var ipType: UInt8
    public var protocolNumber: UInt8

    public init(
        block: UInt64 = 0, version: UInt32 = 0, ip: UInt128, port: UInt16, ipType: UInt8, protocolNumber: UInt8 = 4
    ) {
        self.block = block
        self.version = version
        self.ip = ip
        self.port = port
        self.ipType = ipType
        self.protocolNumber = protocolNumber
    }

    /// Nil for what a neuron has that never published one: all zeros.
    init?(_ value: ScaleValue) {
        guard let ip = value["ip"]?.integer(UInt128.self), let port = value["port"]?.integer(UInt16.self),
            ip != 0, port != 0
        else { return nil }
        self.init(
            block: value["block"]?.integer() ?? 0, version: value["version"]?.integer() ?? 0, ip: ip, port: port,
            ipType: value["ip_type"]?.integer() ?? 4, protocolNumber: value["protocol"]?.integer() ?? 0)
    }
}
