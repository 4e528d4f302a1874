public import NIOCore
import Synchronization

/// A WebSocket (RFC 6455), either side. Messages are whole; pings, pongs and closing happen inside.
///
/// A peer that is silent for half a minute, pings included, is taken for dead.
public final class WebSocket: Sendable {
    let handler: WebSocketHandler

    init(_ handler: WebSocketHandler) {
        self.handler = handler
    }

    /// Opens a WebSocket, for example to a chain node.
    ///
    /// - Parameters:
    ///   - url: `ws://host[:port][/path]`, or `wss://` with TLS. The host is a name or an IP address.
    ///   - maximumMessageBytes: larger messages from the peer close the WebSocket with status 1009.
    ///   - tls: what is trusted with `wss`; nil is the default ``TLSClientConfiguration``: the system's authorities.
    ///   - deadline: for everything until the WebSocket is open: names, TCP, TLS and the WebSocket's handshake.
    /// - Throws: ``TransportError`` with code `connectFailed`, `certificateRejected`, `tlsFailed`, `handshakeRejected`,
    ///   `connectionClosed`, `deadlineExceeded`, `cancelled`, `invalidConfiguration`, or `unsupported` for another URL.
    public static func connect(
        url: String, maximumMessageBytes: Int, tls: TLSContext? = nil, on loops: EventLoops,
        deadline: ContinuousClock.Instant
    ) async throws -> WebSocket {
        let target = try WebSocketURL(url)
        let settings = WebSocketHandler.Settings(isServer: false, maximumMessageBytes: maximumMessageBytes)
        return try await WebSocketConnector(target: target, settings: settings, tls: tls, loops: loops)
            .connect(deadline: deadline)
    }

    /// Sends one text message; suspends while the peer reads too slowly.
    ///
    /// - Throws: ``TransportError`` with code `connectionClosed`.
    public func send(_ text: ByteBuffer) async throws {
        let handler = handler
        if handler.loop.inEventLoop {
            if try handler.send(text) { return }
            return try await withUnsafeThrowingContinuation { handler.waitUntilWritable($0) }
        }
        try await withUnsafeThrowingContinuation { (continuation: UnsafeContinuation<Void, any Error>) in
            handler.loop.execute {
                do {
                    if try handler.send(text) {
                        continuation.resume()
                    } else {
                        handler.waitUntilWritable(continuation)
                    }
                } catch {
                    continuation.resume(throwing: error)
                }
            }
        }
    }

    /// The next text or binary message; nil once the peer closed cleanly. One task receives at a time.
    ///
    /// Cancelling the task ends the wait and leaves the WebSocket open.
    ///
    /// - Throws: ``TransportError`` with code `connectionClosed`, `messageTooLarge`, `protocolViolation` or `cancelled`.
    public func receive() async throws -> ByteBuffer? {
        let handler = handler
        if handler.loop.inEventLoop, let message = try handler.takeMessage() { return message }
        let isCancelled = Flag()
        return try await withTaskCancellationHandler {
            try await withUnsafeThrowingContinuation { continuation in
                handler.loop.runInLoop {
                    handler.receive(continuation)
                    // The handler below may have run before there was anything to cancel.
                    if isCancelled.isSet { handler.cancelReceive() }
                }
            }
        } onCancel: {
            isCancelled.set()
            handler.loop.execute { handler.cancelReceive() }
        }
    }

    /// Closes with the closing handshake, which gets a few seconds.
    public func close() async {
        let handler = handler
        await withUnsafeContinuation { continuation in
            handler.loop.runInLoop { handler.close(continuation) }
        }
    }
}

/// A flag that any thread may set.
final class Flag: Sendable {
    private let value = Atomic<Bool>(false)

    var isSet: Bool { value.load(ordering: .acquiring) }

    func set() {
        value.store(true, ordering: .releasing)
    }
}
