/// Which addresses may be dialled.
///
/// Miners publish their address on chain, where anyone can write any address: one of this host, of its private network
/// or of its cloud's metadata service. What a policy vetted is dialled as it is; no name is resolved in between.
public struct DialPolicy: Sendable {
    private enum Base: Sendable { case publicInternet, loopbackOnly }

    private let base: Base
    private var allowedRanges: [IPRange] = []
    private var deniedAddresses: Set<IPAddress> = []
    private var deniedPorts: Set<UInt16> = DeniedPorts.all

    private init(base: Base) {
        self.base = base
    }

    /// Every address of the public internet.
    public static let publicInternet = DialPolicy(base: .publicInternet)

    /// 127.0.0.0/8 and ::1 only: for a local chain.
    public static let loopbackOnly = DialPolicy(base: .loopbackOnly)

    /// The same policy that also dials the addresses in `ranges`, special-purpose or not.
    public func allowing(_ ranges: [IPRange]) -> DialPolicy {
        var policy = self
        policy.allowedRanges += ranges
        return policy
    }

    /// The same policy that dials neither `addresses`, for example the gateway's own, nor `ports`.
    public func denying(addresses: Set<IPAddress> = [], ports: Set<UInt16> = []) -> DialPolicy {
        var policy = self
        policy.deniedAddresses.formUnion(addresses)
        policy.deniedPorts.formUnion(ports)
        return policy
    }

    /// Checks one address.
    public func vet(_ ip: IPAddress, port: UInt16) throws(DialError) -> VettedAddress {
        if deniedPorts.contains(port) {
            throw DialError(code: .deniedPort, message: "port \(port) is not dialled")
        }
        if deniedAddresses.contains(ip) {
            throw DialError(code: .deniedAddress, message: "\(ip) is denied by configuration")
        }
        if allowedRanges.contains(where: { $0.contains(ip) }) {
            return VettedAddress(ip: ip, port: port)
        }
        switch base {
        case .publicInternet:
            if let name = SpecialPurposeRanges.name(of: ip) {
                throw DialError(code: .specialPurposeAddress, message: "\(ip) is \(name)")
            }
        case .loopbackOnly:
            guard ip.isLoopback else {
                throw DialError(code: .notLoopback, message: "\(ip) is not a loopback address")
            }
        }
        return VettedAddress(ip: ip, port: port)
    }

    /// Checks an axon as the chain stores it; see ``IPAddress/init(chainValue:ipType:)``.
    public func vet(chainValue: UInt128, ipType: UInt8, port: UInt16) throws(DialError) -> VettedAddress {
        guard let ip = IPAddress(chainValue: chainValue, ipType: ipType) else {
            throw DialError(code: .malformedAddress, message: "no address of type \(ipType)")
        }
        return try vet(ip, port: port)
    }
}

extension IPAddress {
    /// 127.0.0.0/8 or ::1.
    public var isLoopback: Bool {
        switch value {
        case .v4(let v4): v4 >> 24 == 127
        case .v6(let high, let low): high == 0 && low == 1
        }
    }
}
