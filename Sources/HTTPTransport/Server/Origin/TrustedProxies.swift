/// The proxies in front whose word about their clients is taken; nobody else's is.
///
/// ## Configuration keys
/// - `trusted_proxies` (list of addresses, blocks in CIDR form, or `unix` for whoever connects by the Unix socket;
///   default none)
/// - `forwarded_field` (`x-forwarded-for` or `forwarded`, default `x-forwarded-for`): the one field that these proxies
///   set or extend. Only one is read, because a proxy passes the other on as its client wrote it. With
///   `x-forwarded-for`, `x-forwarded-proto` says whether the client used TLS.
public struct TrustedProxies: Sendable, Equatable {
    public enum Field: String, Sendable, CaseIterable {
        case xForwardedFor = "x-forwarded-for"
        case forwarded
    }

    public var ranges: [IPRange] = []
    public var includesUnixSocket = false
    public var field = Field.xForwardedFor

    public init() {}

    /// - Returns: nil when a text is no address, block or `unix`.
    public init?(_ texts: [String], field: Field = .xForwardedFor) {
        self.field = field
        for text in texts {
            if text == "unix" {
                includesUnixSocket = true
            } else if let range = IPRange(text) {
                ranges.append(range)
            } else {
                return nil
            }
        }
    }

    func contains(_ peer: ConnectionOrigin.Peer) -> Bool {
        switch peer {
        case .unixSocket: includesUnixSocket
        case .address(let address): contains(address)
        }
    }

    func contains(_ address: IPAddress) -> Bool {
        ranges.contains { $0.contains(address) }
    }
}
