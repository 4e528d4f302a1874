import NIOCore
import NIOWebSocket

/// One end of a WebSocket on its channel.
///
/// `@unchecked Sendable`: `loop` and `settings` are constant; everything else is touched on the loop only.
final class WebSocketHandler: ChannelDuplexHandler, @unchecked Sendable {
    typealias InboundIn = WebSocketFrame
    typealias OutboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    struct Settings: Sendable {
        var isServer: Bool
        var maximumMessageBytes: Int
        /// Messages kept for a slow receiver; then reading pauses.
        var maximumQueuedMessages = 16
        /// Silence after which a ping is sent, and again until the peer is taken for dead.
        var pingInterval: Duration = .seconds(15)
        /// How long the peer may take to answer the closing handshake.
        var closeTimeout: Duration = .seconds(5)
    }

    /// How the WebSocket ended for its receiver.
    private enum End {
        case clean
        case failed(TransportError)
    }

    let loop: any EventLoop
    let settings: Settings
    /// Runs once, when the connection is gone.
    var onClosed: (() -> Void)?
    private(set) var channel: (any Channel)?
    private var context: ChannelHandlerContext?
    private var assembler: MessageAssembler
    private var queue = CircularBuffer<ByteBuffer>()
    private var queuedBytes = 0
    private var receiver: UnsafeContinuation<ByteBuffer?, any Error>?
    private var writers: [UnsafeContinuation<Void, any Error>] = []
    private var closers: [UnsafeContinuation<Void, Never>] = []
    private var end: End?
    private var sentClose = false
    private var isReadHeldBack = false
    private var wasHeard = true
    private var isPingOpen = false
    private var timer: NIOScheduledCallback?

    init(loop: any EventLoop, settings: Settings) {
        self.loop = loop
        self.settings = settings
        assembler = MessageAssembler(maximumBytes: settings.maximumMessageBytes, expectsMask: settings.isServer)
    }

    // MARK: Channel events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        channel = context.channel
        scheduleTimer(settings.pingInterval)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        finish(.failed(Self.connectionLost))
        self.context = nil
        channel = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        wasHeard = true
        guard end == nil else { return }
        switch assembler.received(unwrapInboundIn(data)) {
        case .none:
            break
        case .deliver(let message):
            deliver(message)
        case .pong(let bytes):
            write(.pong, bytes)
        case .closed(let code):
            closed(code)
        case .fail(let code):
            fail(code)
        }
    }

    func read(context: ChannelHandlerContext) {
        if isFull { isReadHeldBack = true } else { context.read() }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable {
            let waiting = writers
            writers = []
            for writer in waiting { writer.resume() }
        }
        context.fireChannelWritabilityChanged()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let error = error as? NIOWebSocketError {
            fail(error == .invalidFrameLength ? MessageAssembler.messageTooLarge : MessageAssembler.protocolError)
        } else {
            finish(
                .failed(TransportError(.connectionClosed, source, isRetryable: true, "connection lost", cause: error)))
            context.close(promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        finish(.failed(Self.connectionLost))
        timer?.cancel()
        timer = nil
        let waiting = closers
        closers = []
        for closer in waiting { closer.resume() }
        onClosed?()
        onClosed = nil
        context.fireChannelInactive()
    }

    // MARK: What the WebSocket's user asks for; on the loop

    /// Takes a message from the queue.
    ///
    /// - Returns: nil inside when the peer closed; nil outside when there is none yet.
    func takeMessage() throws -> ByteBuffer?? {
        if let message = queue.popFirst() {
            queuedBytes -= message.readableBytes
            resumeReading()
            return .some(message)
        }
        switch end {
        case nil: return nil
        case .clean: return .some(nil)
        case .failed(let error): throw error
        }
    }

    func receive(_ continuation: UnsafeContinuation<ByteBuffer?, any Error>) {
        do {
            if let message = try takeMessage() {
                continuation.resume(returning: message)
            } else {
                precondition(receiver == nil, "two tasks receive from one WebSocket")
                receiver = continuation
            }
        } catch {
            continuation.resume(throwing: error)
        }
    }

    func cancelReceive() {
        receiver?.resume(throwing: TransportError(.cancelled, .gateway, "receiving was cancelled"))
        receiver = nil
    }

    /// Sends a text message.
    ///
    /// - Returns: whether the peer keeps up.
    func send(_ text: ByteBuffer) throws(TransportError) -> Bool {
        guard end == nil, !sentClose, let context else { throw closedError }
        write(.text, text)
        return context.channel.isWritable
    }

    func waitUntilWritable(_ continuation: UnsafeContinuation<Void, any Error>) {
        if end != nil || context == nil {
            continuation.resume(throwing: closedError)
        } else if context?.channel.isWritable ?? true {
            continuation.resume()
        } else {
            writers.append(continuation)
        }
    }

    func close(_ continuation: UnsafeContinuation<Void, Never>) {
        guard let context, context.channel.isActive else { return continuation.resume() }
        closers.append(continuation)
        startClosing(1000)
    }

    /// The server stops.
    func goAway() {
        startClosing(1001)
    }

    // MARK: Inside

    private var source: TransportError.Source { settings.isServer ? .downstream : .upstream }

    private var closedError: TransportError {
        if case .failed(let error) = end { return error }
        return TransportError(.connectionClosed, source, isRetryable: true, "the WebSocket is closed")
    }

    static let connectionLost = TransportError(
        .connectionClosed, .upstream, isRetryable: true, "the connection ended without a closing handshake")

    private var isFull: Bool {
        queue.count >= settings.maximumQueuedMessages || queuedBytes >= settings.maximumMessageBytes
    }

    private func resumeReading() {
        guard isReadHeldBack, !isFull else { return }
        isReadHeldBack = false
        wasHeard = true
        context?.read()
    }

    private func deliver(_ message: ByteBuffer) {
        if let receiver {
            self.receiver = nil
            receiver.resume(returning: message)
        } else {
            queue.append(message)
            queuedBytes += message.readableBytes
        }
    }

    private func closed(_ code: UInt16?) {
        switch code {
        case nil, 1000, 1001:
            finish(.clean)
        case let code?:
            finish(
                .failed(
                    TransportError(.connectionClosed, source, isRetryable: true, "the peer closed with status \(code)"))
            )
        }
        if sentClose {
            channel?.close(promise: nil)
        } else {
            sendClose(code, closesChannel: true)
        }
    }

    private func fail(_ code: UInt16) {
        guard end == nil else { return }
        let isSize = code == MessageAssembler.messageTooLarge
        finish(
            .failed(
                TransportError(
                    isSize ? .messageTooLarge : .protocolViolation, source,
                    isSize ? "a message exceeds \(settings.maximumMessageBytes) bytes" : "the peer broke RFC 6455")))
        if sentClose {
            channel?.close(promise: nil)
        } else {
            sendClose(code, closesChannel: true)
        }
    }

    private func startClosing(_ code: UInt16) {
        guard !sentClose else { return }
        sendClose(code, closesChannel: false)
    }

    /// Sends the close frame; the timer ends a connection whose peer leaves it unanswered or unread.
    private func sendClose(_ code: UInt16?, closesChannel: Bool) {
        guard let context else { return }
        sentClose = true
        scheduleTimer(settings.closeTimeout)
        let promise = closesChannel ? context.eventLoop.makePromise(of: Void.self) : nil
        promise?.futureResult.whenComplete { _ in self.channel?.close(promise: nil) }
        write(.connectionClose, code.map { ByteBuffer(integer: $0) } ?? ByteBuffer(), promise: promise)
    }

    /// Nothing more will be received; what is queued stays receivable.
    private func finish(_ end: End) {
        guard self.end == nil else { return }
        self.end = end
        if let receiver {
            self.receiver = nil
            switch end {
            case .clean: receiver.resume(returning: nil)
            case .failed(let error): receiver.resume(throwing: error)
            }
        }
        let waiting = writers
        writers = []
        for writer in waiting { writer.resume(throwing: closedError) }
    }

    private func write(_ opcode: WebSocketOpcode, _ data: ByteBuffer, promise: EventLoopPromise<Void>? = nil) {
        guard let context else {
            promise?.succeed()
            return
        }
        let frame = WebSocketFrame(
            fin: true, opcode: opcode, maskKey: settings.isServer ? nil : .random(), data: data)
        context.writeAndFlush(wrapOutboundOut(frame), promise: promise)
    }
}

// MARK: - Time

extension WebSocketHandler: NIOScheduledCallbackHandler {
    private func scheduleTimer(_ duration: Duration) {
        timer?.cancel()
        timer = try? loop.scheduleCallback(in: TimeAmount(clamping: duration), handler: self)
    }

    func handleScheduledCallback(eventLoop: some EventLoop) {
        timer = nil
        guard let context, channel?.isActive == true else { return }
        if sentClose {
            context.close(promise: nil)
            return
        }
        scheduleTimer(settings.pingInterval)
        if wasHeard || isReadHeldBack {
            wasHeard = false
            isPingOpen = false
        } else if isPingOpen {
            finish(.failed(TransportError(.connectionClosed, source, isRetryable: true, "the peer is silent")))
            context.close(promise: nil)
        } else {
            isPingOpen = true
            write(.ping, ByteBuffer())
        }
    }
}
