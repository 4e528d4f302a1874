/// An address and port that a ``DialPolicy`` allows to be dialled; nothing else can make one.
public struct VettedAddress: Hashable, Sendable {
    public let ip: IPAddress
    public let port: UInt16

    init(ip: IPAddress, port: UInt16) {
        self.ip = ip
        self.port = port
    }
}

extension VettedAddress: CustomStringConvertible {
    /// The form of a `host` header: `192.0.2.1:8091`, `[2001:db8::1]:8091`.
    public var description: String {
        switch ip.value {
        case .v4: "\(ip):\(port)"
        case .v6: "[\(ip)]:\(port)"
        }
    }
}
