import NIOCore

/// Takes the PROXY header off the beginning of a connection, then is gone.
///
/// `@unchecked Sendable`: touched on the connection's event loop only.
final class ProxyProtocolHandler: ChannelInboundHandler, RemovableChannelHandler, @unchecked Sendable {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let timeout: Duration
    private let received: (ProxyHeader) -> Bool
    private var waiting = ByteBuffer()
    private var isDone = false
    private var context: ChannelHandlerContext?

    /// - Parameters:
    ///   - timeout: within which the header must have come.
    ///   - received: takes the header and says whether the connection is served.
    init(timeout: Duration, received: @escaping (ProxyHeader) -> Bool) {
        self.timeout = timeout
        self.received = received
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        // Not cancelled: that would search the loop's whole queue.
        _ = try? context.eventLoop.scheduleCallback(at: .after(timeout), handler: self)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        isDone = true
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isDone else { return }
        let bytes = unwrapInboundIn(data)
        if waiting.readableBytes == 0 { waiting = bytes } else { waiting.writeImmutableBuffer(bytes) }
        switch ProxyHeader.read(&waiting) {
        case .needsMore:
            break
        case .invalid:
            isDone = true
            context.close(promise: nil)
        case .complete(let header):
            isDone = true
            guard received(header) else { return context.close(promise: nil) }
            if waiting.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(waiting)) }
            waiting = ByteBuffer()
            context.pipeline.syncOperations.removeHandler(self, promise: nil)
        }
    }
}

extension ProxyProtocolHandler: NIOScheduledCallbackHandler {
    func handleScheduledCallback(eventLoop: some EventLoop) {
        if !isDone { context?.close(promise: nil) }
    }
}
