package import Logging
package import NIOCore

/// A server's pipeline without a listening socket, on channels that the caller makes and drives: for tests.
package struct DetachedServer: Sendable {
    private let shared: ServerShared

    package init(_ configuration: HTTPServerConfiguration, responder: any HTTPResponder, logger: Logger) {
        shared = ServerShared(configuration: configuration, responder: responder, webSocket: nil, logger: logger)
    }

    /// Sets up a connection's handlers, as ``HTTPServer`` does for those it accepts.
    package func accept(_ channel: any Channel) -> EventLoopFuture<Void> {
        let shared = shared
        return channel.eventLoop.flatSubmit {
            ServerLoop(shared: shared, executor: LoopExecutor(loop: channel.eventLoop)).accept(channel)
        }
    }
}
