public import Logging
import NIOCore
import NIOPosix
import Synchronization

/// An HTTP/1.1 server.
public final class HTTPServer: Sendable {
    /// The port it listens on.
    public let port: Int
    private let listener: any Channel
    private let serverLoops: [ServerLoop]
    private let shared: ServerShared

    private init(port: Int, listener: any Channel, serverLoops: [ServerLoop], shared: ServerShared) {
        self.port = port
        self.listener = listener
        self.serverLoops = serverLoops
        self.shared = shared
    }

    /// Opens the listening socket and serves until ``shutDown(grace:)``.
    ///
    /// - Parameters:
    ///   - webSocket: runs for every connection that upgrades to a WebSocket; nil refuses upgrades. Its task is
    ///     cancelled when the connection ends, and returning closes the WebSocket.
    /// - Throws: ``TransportError`` with code `bindFailed`.
    public static func start(
        _ configuration: HTTPServerConfiguration, on loops: EventLoops, responder: any HTTPResponder,
        webSocket: (@Sendable (WebSocket) async -> Void)? = nil, logger: Logger
    ) async throws -> HTTPServer {
        let shared = ServerShared(
            configuration: configuration, responder: responder, webSocket: webSocket, logger: logger)
        let serverLoops = loops.executors.map { ServerLoop(shared: shared, executor: $0) }
        let bootstrap = ServerBootstrap(group: loops.group)
            .serverChannelOption(.backlog, value: Int32(clamping: configuration.backlog))
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            // One read, of at most 64 KiB, and then the question whether more has a place.
            .childChannelOption(.maxMessagesPerRead, value: 1)
            // What waits for a slow reader: less than 32 KiB and the chunk that exceeds them.
            .childChannelOption(.writeBufferWaterMark, value: .init(low: 8 * 1_024, high: 32 * 1_024))
            .childChannelInitializer { channel in
                guard let serverLoop = serverLoops.first(where: { $0.executor.loop === channel.eventLoop }) else {
                    preconditionFailure("a connection on a loop of another group")
                }
                return serverLoop.accept(channel)
            }
        do {
            let listener = try await bootstrap.bind(host: configuration.host, port: configuration.port).get()
            let port = listener.localAddress?.port ?? configuration.port
            return HTTPServer(port: port, listener: listener, serverLoops: serverLoops, shared: shared)
        } catch {
            throw TransportError(
                .bindFailed, .gateway, "cannot listen on \(configuration.host):\(configuration.port)", cause: error)
        }
    }

    /// Stops accepting, closes idle connections, lets requests finish within `grace`, then cancels them.
    public func shutDown(grace: Duration) async {
        try? await listener.close().get()
        for serverLoop in serverLoops {
            serverLoop.executor.loop.execute { serverLoop.drain() }
        }
        let limit = ContinuousClock.now + grace
        await waitUntilEmpty(until: limit)
        for serverLoop in serverLoops {
            serverLoop.executor.loop.execute { serverLoop.cut() }
        }
        await waitUntilEmpty(until: .now + .seconds(2))
    }

    /// Looks every few milliseconds: shutting down is rare, and a count needs no bookkeeping on the way of requests.
    private func waitUntilEmpty(until limit: ContinuousClock.Instant) async {
        while shared.connectionCount.load(ordering: .relaxed) > 0, .now < limit {
            do {
                try await Task.sleep(for: .milliseconds(5))
            } catch {
                return
            }
        }
    }
}
