public import NIOCore

/// A WebSocket (RFC 6455), either side. Messages are whole; pings, pongs and closing happen inside.
public final class WebSocket: Sendable {
    init() {}

    /// Opens a WebSocket to a chain node.
    ///
    /// - Parameters:
    ///   - url: `ws://host[:port][/path]`. `wss://` throws code `unsupported`.
    ///   - maximumMessageBytes: larger messages from the peer close the WebSocket with status 1009.
    ///   - deadline: until the handshake is complete.
    /// - Throws: ``TransportError`` with code `connectFailed`, `handshakeRejected`, `deadlineExceeded`, `unsupported`.
    public static func connect(
        url: String, maximumMessageBytes: Int, on loops: EventLoops, deadline: ContinuousClock.Instant
    ) async throws -> WebSocket {
        fatalError("not yet")
    }

    /// Sends one text message; suspends while the peer reads too slowly.
    ///
    /// - Throws: ``TransportError`` with code `connectionClosed`.
    public func send(_ text: ByteBuffer) async throws {
        fatalError("not yet")
    }

    /// The next text or binary message; nil once the peer closed cleanly. One task receives at a time.
    ///
    /// - Throws: ``TransportError`` with code `connectionClosed`, `messageTooLarge`, `protocolViolation` or `cancelled`.
    public func receive() async throws -> ByteBuffer? {
        fatalError("not yet")
    }

    /// Closes with the closing handshake, which gets a few seconds.
    public func close() async {
    }
}
