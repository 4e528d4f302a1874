public import Logging
import NIOCore
import Synchronization

/// A server of HTTP/1.1 and HTTP/2.
public final class HTTPServer: Sendable {
    /// The port it listens on; 0 for a Unix socket.
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
        let listener = try await ServerSocket.bind(configuration, on: loops) { channel in
            guard let serverLoop = serverLoops.first(where: { $0.executor.loop === channel.eventLoop }) else {
                preconditionFailure("a connection on a loop of another group")
            }
            return serverLoop.accept(channel)
        }
        let port = listener.localAddress?.port ?? 0
        return HTTPServer(port: port, listener: listener, serverLoops: serverLoops, shared: shared)
    }

    /// Stops accepting, closes idle connections, lets requests finish within `grace`, then cancels them: their tasks
    /// have two seconds to say so to their clients.
    public func shutDown(grace: Duration) async {
        try? await listener.close().get()
        for serverLoop in serverLoops {
            serverLoop.executor.loop.execute { serverLoop.drain() }
        }
        await waitUntilEmpty(within: grace) { self.shared.isHurried.load(ordering: .relaxed) }
        for serverLoop in serverLoops {
            serverLoop.executor.loop.execute { serverLoop.expire() }
        }
        await waitUntilEmpty(within: Self.lastMoment)
        for serverLoop in serverLoops {
            serverLoop.executor.loop.execute { serverLoop.cut() }
        }
        await waitUntilEmpty(within: Self.lastMoment)
    }

    /// Ends the grace of ``shutDown(grace:)`` now.
    public func hurry() {
        shared.isHurried.store(true, ordering: .relaxed)
    }

    private static let lastMoment = Duration.seconds(2)

    /// Looks every few milliseconds: shutting down is rare, and a count needs no bookkeeping on the way of requests.
    private func waitUntilEmpty(within time: Duration, unless isOver: () -> Bool = { false }) async {
        let limit = ContinuousClock.now + time
        while shared.connectionCount.load(ordering: .relaxed) > 0, .now < limit, !isOver() {
            do {
                try await Task.sleep(for: .milliseconds(5))
            } catch {
                return
            }
        }
    }
}
