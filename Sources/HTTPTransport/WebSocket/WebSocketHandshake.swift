import NIOCore
import NIOHTTP1
import NIOWebSocket

/// The client's side of the opening handshake: one request, one 101, then frames.
///
/// `@unchecked Sendable`: touched on the channel's event loop only.
final class WebSocketHandshake: ChannelInboundHandler, RemovableChannelHandler, @unchecked Sendable {
    typealias InboundIn = HTTPClientResponsePart
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let target: WebSocketURL
    private let settings: WebSocketHandler.Settings
    private let decoder: ResponseDecoder
    /// The open WebSocket, or why there is none.
    let result: EventLoopPromise<WebSocketHandler>
    private let key = WebSocketUpgrade.randomKey()
    private var isUpgraded = false

    init(
        _ target: WebSocketURL, _ settings: WebSocketHandler.Settings, decoder: ResponseDecoder,
        result: EventLoopPromise<WebSocketHandler>
    ) {
        self.target = target
        self.settings = settings
        self.decoder = decoder
        self.result = result
    }

    func channelActive(context: ChannelHandlerContext) {
        decoder.requestSent(.GET)
        let request = ByteBuffer(
            string: """
                GET \(target.target) HTTP/1.1\r
                host: \(target.authority)\r
                upgrade: websocket\r
                connection: upgrade\r
                sec-websocket-version: 13\r
                sec-websocket-key: \(key)\r
                \r\n
                """)
        context.writeAndFlush(wrapOutboundOut(request), promise: nil)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if isUpgraded { return context.fireChannelRead(data) }
        switch unwrapInboundIn(data) {
        case .head(let head) where head.status == .switchingProtocols:
            decoder.headReceived(hasBody: false, contentLength: nil)
            if !accepts(head) { reject(context, "the server's handshake does not fit the client's") }
        case .head(let head) where head.status.code >= 200:
            reject(context, "the server answered \(head.status.code)")
        case .head, .body:
            break
        case .end:
            upgrade(context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if isUpgraded { return context.fireErrorCaught(error) }
        switch error {
        case let error as TransportError:
            result.fail(error)
            context.close(promise: nil)
        case is HTTPParserError, is NIOHTTPDecoderError:
            reject(context, "the server's answer is malformed", cause: error)
        default:
            reject(context, "the connection was lost", cause: error)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        if !isUpgraded { reject(context, "the server closed the connection") }
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        // Of no effect after any other end.
        result.fail(WebSocketHandler.connectionLost)
    }

    private func accepts(_ head: HTTPResponseHead) -> Bool {
        head.headers.first(name: "sec-websocket-accept") == WebSocketUpgrade.accept(for: key)
            && head.headers.first(name: "upgrade").map { HTTPSyntax.contains($0, lowercase: "websocket") } == true
            && !head.headers.contains(name: "sec-websocket-extensions")
    }

    private func reject(_ context: ChannelHandlerContext, _ message: String, cause: (any Error)? = nil) {
        result.fail(
            TransportError(.handshakeRejected, .upstream, isRetryable: true, message, cause: cause))
        context.close(promise: nil)
    }

    private func upgrade(_ context: ChannelHandlerContext) {
        guard context.channel.isActive else { return }
        isUpgraded = true
        let handler = WebSocketHandler(loop: context.eventLoop, settings: settings)
        do {
            let channelPipeline = context.pipeline
            let pipeline = channelPipeline.syncOperations
            try pipeline.addWebSocketHandlers(handler)
            // Frames may have come with the handshake: the decoder passes what it has left on when it goes.
            let decoder = try pipeline.handler(type: ByteToMessageHandler<ResponseDecoder>.self)
            pipeline.removeHandler(decoder).whenComplete { _ in
                channelPipeline.syncOperations.removeHandler(self, promise: nil)
            }
            result.succeed(handler)
        } catch {
            reject(context, "the connection cannot be upgraded", cause: error)
        }
    }
}

extension ChannelPipeline.SynchronousOperations {
    /// Adds framing, and `handler` behind it.
    func addWebSocketHandlers(_ handler: WebSocketHandler) throws {
        let decoder = WebSocketFrameDecoder(maxFrameSize: handler.settings.maximumMessageBytes)
        try addHandlers([WebSocketFrameEncoder(), ByteToMessageHandler(decoder), handler])
    }
}
