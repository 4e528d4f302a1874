import NIOCore

/// Finds out whether a new connection speaks HTTP/1.1 or HTTP/2, sets up the handlers for it and is gone.
///
/// With TLS the handshake has decided (ALPN). Without, the first bytes do: those of HTTP/2's preface begin no request of
/// HTTP/1.1, and nearly all requests differ from them in the first or second byte.
///
/// `@unchecked Sendable`: touched on the connection's event loop only.
///
/// - Source: RFC 9113, sections 3.2 to 3.4.
final class ProtocolChooser: ChannelInboundHandler, RemovableChannelHandler, @unchecked Sendable {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    enum Choice: Equatable { case undecided, http1, http2 }

    private static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

    private let server: ServerLoop
    private let origin: ConnectionOrigin
    private let tls: TLSHandler?
    private var context: ChannelHandlerContext?
    private var waiting = ByteBuffer()
    private var isDone = false

    init(on server: ServerLoop, from origin: ConnectionOrigin, tls: TLSHandler?) {
        self.server = server
        self.origin = origin
        self.tls = tls
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { opened(context) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        isDone = true
    }

    func channelActive(context: ChannelHandlerContext) {
        opened(context)
    }

    private func opened(_ context: ChannelHandlerContext) {
        guard !isDone else { return }
        if let tls {
            // Not active before the handshake is complete.
            choose(tls.applicationProtocol == "h2" ? .http2 : .http1, context)
        } else {
            // Not cancelled: that would search the loop's whole queue.
            _ = try? context.eventLoop.scheduleCallback(
                at: .after(server.shared.configuration.headerTimeout), handler: self)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        if waiting.readableBytes == 0 { waiting = bytes } else { waiting.writeImmutableBuffer(bytes) }
        let choice = Self.choice(for: waiting.readableBytesView)
        if choice != .undecided { choose(choice, context) }
    }

    /// What the beginning of a connection shows.
    static func choice(for bytes: ByteBufferView) -> Choice {
        for (byte, expected) in zip(bytes, preface) where byte != expected {
            return .http1
        }
        // No method begins with these three bytes and a blank: `PRI` is reserved.
        return bytes.count >= 4 ? .http2 : .undecided
    }

    private func choose(_ choice: Choice, _ context: ChannelHandlerContext) {
        isDone = true
        let pipeline = context.pipeline.syncOperations
        do {
            switch choice {
            case .http2: try server.addHTTP2(to: context.channel, from: origin)
            case .http1, .undecided: try server.addHTTP1(to: context.channel, from: origin)
            }
        } catch {
            context.close(promise: nil)
            return
        }
        if waiting.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(waiting)) }
        waiting = ByteBuffer()
        pipeline.removeHandler(self, promise: nil)
    }
}

extension ProtocolChooser: NIOScheduledCallbackHandler {
    func handleScheduledCallback(eventLoop: some EventLoop) {
        if !isDone { context?.close(promise: nil) }
    }
}

extension ProtocolChooser: DrainableConnection {
    func drain() { cut() }

    func expire() { cut() }

    func cut() {
        context?.close(promise: nil)
    }
}
