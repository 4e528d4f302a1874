import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket

/// Dials a WebSocket and does the client's side of the opening handshake.
struct WebSocketConnector: Sendable {
    let target: WebSocketURL
    let settings: WebSocketHandler.Settings
    let loops: EventLoops

    func connect(deadline: ContinuousClock.Instant) async throws -> WebSocket {
        let executor = loops.current ?? loops.next()
        let remaining = deadline - .now
        guard remaining > .zero else { throw Self.late }
        let result = executor.loop.makePromise(of: WebSocketHandler.self)
        let bootstrap = ClientBootstrap(group: executor.loop)
            .connectTimeout(TimeAmount(clamping: remaining))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let decoder = ResponseDecoder(maximumHeaderBytes: 16 * 1_024, maximumHeaderCount: 128)
                    let handshake = WebSocketHandshake(target, settings, decoder: decoder, result: result)
                    try channel.pipeline.syncOperations.addHandlers([ByteToMessageHandler(decoder), handshake])
                }
            }
        let channel: any Channel
        do {
            channel = try await bootstrap.connect(host: target.host, port: target.port).get()
        } catch {
            result.fail(error)
            throw TransportError(
                .connectFailed, .upstream, isRetryable: true, "cannot connect to \(target.authority)", cause: error)
        }
        let timeout = executor.loop.scheduleTask(deadline: NIODeadline(deadline)) {
            result.fail(Self.late)
            channel.close(promise: nil)
        }
        defer { timeout.cancel() }
        let handler = try await withTaskCancellationHandler {
            try await result.futureResult.get()
        } onCancel: {
            executor.loop.execute {
                result.fail(TransportError(.cancelled, .gateway, "connecting was cancelled"))
                channel.close(promise: nil)
            }
        }
        return WebSocket(handler)
    }

    private static let late = TransportError(
        .deadlineExceeded, .upstream, isRetryable: true, "no WebSocket before the deadline")
}
