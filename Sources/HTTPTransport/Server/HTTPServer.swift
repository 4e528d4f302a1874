public import Logging

/// An HTTP/1.1 server.
public final class HTTPServer: Sendable {
    /// The port it listens on.
    public let port: Int

    init(port: Int) { self.port = port }

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
        fatalError("not yet")
    }

    /// Stops accepting, closes idle connections, lets requests finish within `grace`, then cancels them.
    public func shutDown(grace: Duration) async {
        fatalError("not yet")
    }
}
