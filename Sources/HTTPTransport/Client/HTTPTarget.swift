/// Where requests go: a vetted address, what is spoken there, and whom a certificate must be for.
///
/// Requests share connections when their targets are equal.
public struct HTTPTarget: Sendable {
    /// TLS to a target.
    public struct TLS: Sendable {
        /// Says what is trusted, and whether certificates are verified at all.
        public var context: TLSContext
        /// The name or IP address that the certificate must be for; a name is sent to the server too (SNI). Nil takes
        /// the address that is dialled.
        public var serverName: String?

        public init(_ context: TLSContext, serverName: String? = nil) {
            self.context = context
            self.serverName = serverName
        }
    }

    /// Which versions of HTTP are spoken.
    public enum Version: Hashable, Sendable {
        /// HTTP/1.1 only.
        case http1
        /// HTTP/2 only: by ALPN over TLS, else with prior knowledge.
        case http2
        /// HTTP/2 where the server chooses it by ALPN, else HTTP/1.1; without TLS always HTTP/1.1.
        case negotiated
    }

    public var address: VettedAddress
    public var tls: TLS?
    public var version: Version
    /// What requests say in `host` or `:authority` unless they have a `host` of their own; nil is the address.
    public var authority: String?

    public init(
        _ address: VettedAddress, tls: TLS? = nil, version: Version = .negotiated, authority: String? = nil
    ) {
        self.address = address
        self.tls = tls
        self.version = version
        self.authority = authority
    }

    /// What a certificate must be for.
    var serverName: String { tls?.serverName ?? address.ip.description }
}

extension HTTPTarget: Hashable {
    public static func == (left: Self, right: Self) -> Bool {
        left.address == right.address && left.version == right.version && left.tls == right.tls
            && left.authority == right.authority
    }

    /// The address tells targets apart well enough; this is on the way of every request.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(address)
    }
}

extension HTTPTarget.TLS: Equatable {
    public static func == (left: Self, right: Self) -> Bool {
        left.context === right.context && left.serverName == right.serverName
    }
}

extension HTTPTarget: CustomStringConvertible {
    public var description: String {
        guard let tls else { return address.description }
        return tls.serverName.map { "\($0) (\(address))" } ?? address.description
    }
}
