import NIOCore
import NIOPosix

/// The C library's `struct linger`, which several of NIO's C modules declare and none owns.
private struct Linger {
    var isOn: CInt = 1
    var seconds: CInt = 0
}

/// Tells the handlers of a connection that its end will be no clean one.
struct ConnectionAborts: Sendable {}

extension Channel {
    /// From now on closing this TCP connection resets it, and drops what was not sent.
    ///
    /// With TLS it then also ends without the closing alert, which would make what came before look whole.
    func resetOnClose() {
        triggerUserOutboundEvent(ConnectionAborts(), promise: nil)
        guard let socket = self as? any SocketOptionProvider else { return }
        _ = socket.unsafeSetSocketOption(level: .socket, name: .so_linger, value: Linger())
    }
}
