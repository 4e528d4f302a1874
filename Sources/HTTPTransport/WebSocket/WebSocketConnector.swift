import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket

/// Dials a WebSocket: name, TCP, TLS with `wss`, and the client's side of the opening handshake.
struct WebSocketConnector: Sendable {
    let target: WebSocketURL
    let settings: WebSocketHandler.Settings
    /// What `wss` trusts; nil is the default.
    var tls: TLSContext?
    let loops: EventLoops
    var names = NameLookup.shared

    func connect(deadline: ContinuousClock.Instant) async throws -> WebSocket {
        let executor = loops.current ?? loops.next()
        let tls = target.isSecure ? try await context() : nil
        let remaining = deadline - .now
        guard remaining > .zero else { throw Self.late }
        // Whatever fails it first, deadline and cancellation included, also closes the channels that were opened.
        let outcome = executor.loop.makePromise(of: WebSocketHandler.self)
        let timeout = executor.loop.scheduleTask(deadline: NIODeadline(deadline)) { outcome.fail(Self.late) }
        defer { timeout.cancel() }
        let handler = try await withTaskCancellationHandler {
            executor.loop.runInLoop {
                dial(on: executor.loop, tls, within: TimeAmount(clamping: remaining), outcome)
            }
            return try await outcome.futureResult.get()
        } onCancel: {
            outcome.fail(TransportError(.cancelled, .gateway, "connecting was cancelled"))
        }
        return WebSocket(handler)
    }

    private func context() async throws -> TLSContext {
        if let tls { return tls }
        return try await TLSContext.standard()
    }

    /// On the loop, so that what follows a connection is attached before anything can happen to it.
    private func dial(
        on loop: any EventLoop, _ tls: TLSContext?, within limit: TimeAmount,
        _ outcome: EventLoopPromise<WebSocketHandler>
    ) {
        let bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(limit)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                outcome.futureResult.whenFailure { _ in channel.close(promise: nil) }
                return channel.eventLoop.makeCompletedFuture { try prepare(channel, tls) }
            }
        let connected: EventLoopFuture<any Channel>
        if let address = IPAddress(target.host)?.socketAddress(port: UInt16(clamping: target.port)) {
            connected = bootstrap.connect(to: address)
        } else {
            connected = bootstrap.resolver(NameResolver(names, on: loop)).connect(host: target.host, port: target.port)
        }
        connected
            .flatMapErrorThrowing { throw failure($0) }
            .flatMap { channel in
                // Several addresses of a name may be tried at once; this is the channel that was first.
                do {
                    let pipeline = channel.pipeline.syncOperations
                    return try pipeline.handler(type: WebSocketHandshake.self).result.futureResult
                } catch {
                    return loop.makeFailedFuture(WebSocketHandler.connectionLost)
                }
            }
            .cascade(to: outcome)
    }

    private func prepare(_ channel: any Channel, _ tls: TLSContext?) throws {
        let pipeline = channel.pipeline.syncOperations
        if let tls { try pipeline.addHandler(TLSHandler(TLSSession.client(tls, host: target.host))) }
        let decoder = ResponseDecoder(maximumHeaderBytes: 16 * 1_024, maximumHeaderCount: 128)
        let result = channel.eventLoop.makePromise(of: WebSocketHandler.self)
        let handshake = WebSocketHandshake(target, settings, decoder: decoder, result: result)
        try pipeline.addHandlers([ByteToMessageHandler(decoder), handshake])
    }

    /// Why there is no TCP connection.
    private func failure(_ error: any Error) -> TransportError {
        if let error = error as? TransportError { return error }
        var cause = error
        if let error = error as? NIOConnectionError {
            let resolution = (error.dnsAAAAError ?? error.dnsAError) as? TransportError
            if error.connectionErrors.isEmpty, let resolution { return resolution }
            cause = error.connectionErrors.first?.error ?? error
        }
        if let cause = cause as? TransportError { return cause }
        // The connection's own limit is the deadline too.
        if case .connectTimeout = cause as? ChannelError { return Self.late }
        return TransportError(
            .connectFailed, .upstream, isRetryable: true, "cannot connect to \(target.authority)", cause: cause)
    }

    private static let late = TransportError(
        .deadlineExceeded, .upstream, isRetryable: true, "no WebSocket before the deadline")
}
