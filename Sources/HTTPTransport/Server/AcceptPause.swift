import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Stops accepting for a moment when the system has no file or memory for another connection.
///
/// Those that wait stay readable, so that the loop would try without end and leave no time for the connections it has.
final class AcceptPause: ChannelInboundHandler, Sendable {
    typealias InboundIn = any Channel

    static let time = TimeAmount.milliseconds(100)

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let code = (error as? IOError)?.errnoCode, [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(code) else {
            return context.fireErrorCaught(error)
        }
        let channel = context.channel
        try? channel.syncOptions?.setOption(.autoRead, value: false)
        channel.eventLoop.assumeIsolated().scheduleTask(in: Self.time) {
            try? channel.syncOptions?.setOption(.autoRead, value: true)
        }
    }
}
