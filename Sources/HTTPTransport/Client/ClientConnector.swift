import NIOCore
import NIOPosix

/// Opens connections: TCP, TLS and the choice of the protocol, all within one time.
struct ClientConnector: Sendable {
    /// Adds the handlers that speak the chosen protocol. Runs on the loop.
    typealias Install = @Sendable (ConnectionInfo.Version, any Channel) throws -> Void

    /// The one place from which sockets are dialled.
    var dial: @Sendable (ClientBootstrap, SocketAddress) -> EventLoopFuture<any Channel> = { $0.connect(to: $1) }

    /// Called on the loop. Speaks what `target.version` says.
    ///
    /// - Returns: when the handlers are there and the connection is ready, or a ``TransportError``.
    func connect(
        to target: HTTPTarget, on loop: any EventLoop, within limit: Duration, _ install: @escaping Install
    ) -> EventLoopFuture<Void> {
        let ready = loop.makePromise(of: Void.self)
        guard let address = target.address.ip.socketAddress(port: target.address.port) else {
            ready.fail(TransportError(.connectFailed, .gateway, "not an address: \(target)"))
            return ready.futureResult
        }
        let bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(TimeAmount(clamping: limit))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try prepare(channel, for: target, ready, install) }
            }
        if target.tls != nil {
            // TCP has a timeout of its own; this one goes on during the handshake.
            let timeout = loop.scheduleTask(in: TimeAmount(clamping: limit)) { ready.fail(Self.late(target)) }
            ready.futureResult.whenComplete { _ in timeout.cancel() }
        }
        dial(bootstrap, address).whenComplete { result in
            switch result {
            case .success where target.tls == nil: ready.succeed()
            case .success: break
            case .failure(let error): ready.fail(Self.failure(error, target))
            }
        }
        return ready.futureResult
    }

    private func prepare(
        _ channel: any Channel, for target: HTTPTarget, _ ready: EventLoopPromise<Void>, _ install: @escaping Install
    ) throws {
        guard let tls = target.tls else {
            return try install(target.version == .http2 ? .http2 : .http1, channel)
        }
        ready.futureResult.whenFailure { _ in channel.close(promise: nil) }
        let session = try TLSSession.client(
            tls.context, host: target.serverName, protocols: target.applicationProtocols)
        let negotiation = ProtocolNegotiation(session, target, ready, install)
        try channel.pipeline.syncOperations.addHandlers([TLSHandler(session), negotiation])
    }

    private static func failure(_ error: any Error, _ target: HTTPTarget) -> TransportError {
        if let error = error as? TransportError { return error }
        if case .connectTimeout = error as? ChannelError { return late(target) }
        return TransportError(.connectFailed, .upstream, isRetryable: true, "cannot connect to \(target)", cause: error)
    }

    private static func late(_ target: HTTPTarget) -> TransportError {
        TransportError(
            .deadlineExceeded, .upstream, isRetryable: true, "no connection to \(target) within the connect timeout")
    }
}

/// Waits behind TLS for the handshake's end, and then makes room for the protocol that was chosen.
///
/// `@unchecked Sendable`: touched on the channel's event loop only.
private final class ProtocolNegotiation: ChannelInboundHandler, RemovableChannelHandler, @unchecked Sendable {
    typealias InboundIn = ByteBuffer

    private let session: TLSSession
    private let target: HTTPTarget
    private let ready: EventLoopPromise<Void>
    private let install: ClientConnector.Install

    init(
        _ session: TLSSession, _ target: HTTPTarget, _ ready: EventLoopPromise<Void>,
        _ install: @escaping ClientConnector.Install
    ) {
        self.session = session
        self.target = target
        self.ready = ready
        self.install = install
    }

    /// The first bytes may follow in this very turn: the handlers must be there when this returns.
    func channelActive(context: ChannelHandlerContext) {
        do {
            try install(chosen(), context.channel)
            context.fireChannelActive()
            context.pipeline.syncOperations.removeHandler(self, promise: nil)
            ready.succeed()
        } catch {
            ready.fail(error)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        ready.fail(error)
        context.fireErrorCaught(error)
    }

    func channelInactive(context: ChannelHandlerContext) {
        ready.fail(
            TransportError(.connectionClosed, .upstream, isRetryable: true, "the peer closed during the handshake"))
        context.fireChannelInactive()
    }

    /// A server that knows no ALPN chooses nothing, and speaks HTTP/1.1.
    private func chosen() throws(TransportError) -> ConnectionInfo.Version {
        switch session.applicationProtocol {
        case "h2" where target.version != .http1: return .http2
        case nil where target.version != .http2, "http/1.1" where target.version != .http2: return .http1
        case let other:
            throw TransportError(
                .unsupported, .upstream, "\(target) chose a protocol that was not offered: \(other ?? "none")")
        }
    }
}

extension HTTPTarget {
    /// What is offered by ALPN, the preferred one first.
    fileprivate var applicationProtocols: [String] {
        switch version {
        case .http1: ["http/1.1"]
        case .http2: ["h2"]
        case .negotiated: ["h2", "http/1.1"]
        }
    }
}
