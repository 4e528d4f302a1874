import NIOCore

/// Placeholder until the session is there.
final class HTTP2ClientConnection: ChannelInboundHandler, PooledConnection, @unchecked Sendable {
    typealias InboundIn = ByteBuffer
    init(on loop: any EventLoop, configuration: HTTPClientConfiguration, pool: TargetPool) throws(TransportError) {
        throw TransportError(.unsupported, .gateway, "HTTP/2 upstream is not there yet")
    }
    var isUsable: Bool { false }
    func lease() -> ConnectionPool.Lease? { nil }
    func giveBack(_ lease: ConnectionPool.Lease) {}
    func setIdleDeadline() {}
    func fail(_ error: TransportError) {}
}
