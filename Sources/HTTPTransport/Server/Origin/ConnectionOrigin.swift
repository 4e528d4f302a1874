import NIOCore
import NIOHTTP1

/// Where a connection comes from: the peer, or whom a trusted proxy in front speaks for. Used on its loop only.
final class ConnectionOrigin {
    enum Peer: Equatable {
        case address(IPAddress)
        case unixSocket
    }

    /// Who a request comes from.
    struct Client {
        /// IP address without port; empty when all that is known is the Unix socket.
        var address: String
        /// Whether the client's own connection is encrypted, as far as is known.
        var isSecure: Bool
    }

    private let proxies: TrustedProxies
    private let isTLS: Bool
    private(set) var peer: Peer
    private var text: String
    /// Whether what the peer says of its clients is believed.
    private(set) var isTrustedProxy: Bool

    init(_ peer: Peer, proxies: TrustedProxies, isTLS: Bool) {
        self.peer = peer
        self.proxies = proxies
        self.isTLS = isTLS
        text = Self.text(peer)
        isTrustedProxy = proxies.contains(peer)
    }

    convenience init(_ address: SocketAddress?, proxies: TrustedProxies, isTLS: Bool) {
        let peer = address?.ipAddress.flatMap { IPAddress($0) }.map { Peer.address($0.unmapped) }
        self.init(peer ?? .unixSocket, proxies: proxies, isTLS: isTLS)
    }

    /// A trusted proxy said at the connection's beginning whose it is; nil for its own, or for a client without an
    /// address. What is in the requests then counts no more: it is the client's own.
    func replace(_ address: IPAddress?) {
        isTrustedProxy = false
        guard let address else { return }
        peer = .address(address.unmapped)
        text = Self.text(peer)
    }

    /// Who sent the request with these fields.
    func client(_ headers: HTTPHeaders) -> Client {
        guard isTrustedProxy else { return Client(address: text, isSecure: isTLS) }
        let said = ForwardedFields(headers, proxies: proxies)
        return Client(address: said.client?.description ?? text, isSecure: said.isSecure ?? isTLS)
    }

    private static func text(_ peer: Peer) -> String {
        switch peer {
        case .address(let address): address.description
        case .unixSocket: ""
        }
    }
}
