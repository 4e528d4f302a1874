import NIOCore

/// TLS on a channel, either side: ciphertext towards the socket, plain bytes towards the handlers behind.
///
/// Those learn that the channel is active once the handshake is complete. What they write before waits, within a bound.
/// A connection that ends without the peer's closing alert passes on an error before it becomes inactive, because what
/// came may lack its end.
///
/// `@unchecked Sendable`: touched on the channel's event loop only.
final class TLSHandler: ChannelDuplexHandler, @unchecked Sendable {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum Phase {
        case idle, handshaking, open
        /// Nothing more is read or written; the last bytes leave, then the channel closes.
        case ending
        case closed
    }

    /// Plain bytes that may wait for the handshake's end.
    static let maximumWaitingBytes = 1 << 20
    /// Plain bytes that are encrypted into one buffer.
    static let sliceBytes = 32 << 10
    /// How long the last bytes may take to leave.
    static let endTimeout = TimeAmount.seconds(2)

    private let session: TLSSession
    private let handshakeTimeout: Duration?
    private var phase = Phase.idle
    private var context: ChannelHandlerContext?
    private var waiting = CircularBuffer<(bytes: ByteBuffer, promise: EventLoopPromise<Void>?)>(initialCapacity: 2)
    private var waitingBytes = 0
    /// Promises for what is encrypted and has not yet been written to the channel.
    private var unwritten: EventLoopPromise<Void>?
    private var sentClose = false
    /// The end must not look like a clean one.
    private var aborts = false
    private var closing: EventLoopPromise<Void>?
    private var isClosingAsked = false
    /// Handlers behind want to read and got nothing yet.
    private var isReadOpen = false
    /// Plain bytes went to the handlers behind since their last read was complete.
    private var hasPassedOn = false
    private var timer: NIOScheduledCallback?

    /// - Parameter handshakeTimeout: from the connection's beginning to the handshake's end; nil where the caller keeps
    ///   the time.
    init(_ session: TLSSession, handshakeTimeout: Duration? = nil) {
        self.session = session
        self.handshakeTimeout = handshakeTimeout
    }

    /// The protocol that both sides agreed on by ALPN, once the handshake is complete.
    var applicationProtocol: String? { session.applicationProtocol }

    // MARK: Channel events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { start(context) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        ended()
        self.context = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        start(context)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard phase == .handshaking || phase == .open else { return }
        session.receive(unwrapInboundIn(data))
        if phase == .handshaking { shakeHands(context) }
        if phase == .open { decrypt(context) }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        // Handlers behind learn only of reads that brought them something, not of the handshake's or of half a record.
        if hasPassedOn {
            hasPassedOn = false
            context.fireChannelReadComplete()
        }
        // What came was not enough for a record: the reader still waits.
        if isReadOpen { context.read() }
    }

    func read(context: ChannelHandlerContext) {
        isReadOpen = true
        context.read()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard phase == .handshaking, !(error is TransportError) else { return context.fireErrorCaught(error) }
        phase = .ending
        context.fireErrorCaught(session.lost("was lost during the TLS handshake", cause: error))
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        let last = phase
        ended()
        switch last {
        case .idle, .handshaking:
            context.fireErrorCaught(session.lost("ended during the TLS handshake"))
        case .open where !sentClose:
            context.fireErrorCaught(session.lost("ended without TLS's closing alert"))
        case .open, .ending, .closed:
            break
        }
        context.fireChannelInactive()
    }

    // MARK: Writing

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let bytes = unwrapOutboundIn(data)
        switch phase {
        case .idle, .handshaking:
            guard bytes.readableBytes <= Self.maximumWaitingBytes - waitingBytes else {
                promise?.fail(TransportError(.unsupported, .gateway, "too much is written before the TLS handshake"))
                return
            }
            waitingBytes += bytes.readableBytes
            waiting.append((bytes, promise))
        case .open where !sentClose:
            encrypt(bytes, promise, context)
        case .open, .ending, .closed:
            promise?.fail(ChannelError.ioOnClosedChannel)
        }
    }

    func flush(context: ChannelHandlerContext) {
        if phase == .open { send(context) }
        context.flush()
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        switch (mode, phase) {
        case (.output, .open) where !sentClose:
            let sent = endOutput(context)
            sent.whenComplete { _ in self.context?.close(mode: .output, promise: promise) }
        case (.all, .open) where aborts:
            phase = .closed
            context.close(promise: promise)
        case (.all, .open):
            remember(promise)
            phase = .ending
            finish(context, after: endOutput(context))
        case (.all, .ending):
            remember(promise)
            // A second time: whoever asks has no more patience.
            if isClosingAsked { closeNow() }
            isClosingAsked = true
        default:
            context.close(mode: mode, promise: promise)
        }
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard event is ConnectionAborts else { return context.triggerUserOutboundEvent(event, promise: promise) }
        aborts = true
        promise?.succeed()
    }

    // MARK: Inside

    private func start(_ context: ChannelHandlerContext) {
        guard phase == .idle else { return }
        phase = .handshaking
        if let handshakeTimeout { setTimer(TimeAmount(clamping: handshakeTimeout), context) }
        shakeHands(context)
    }

    private func shakeHands(_ context: ChannelHandlerContext) {
        switch session.handshake() {
        case .needsInput:
            send(context)
            context.flush()
        case .failed(let error):
            fail(error, context)
        case .complete:
            timer?.cancel()
            timer = nil
            phase = .open
            while let (bytes, promise) = waiting.popFirst() { encrypt(bytes, promise, context) }
            waitingBytes = 0
            send(context)
            context.flush()
            context.fireChannelActive()
        }
    }

    private func decrypt(_ context: ChannelHandlerContext) {
        var plain = ByteBuffer()
        let end = session.read(into: &plain)
        // Answers of the protocol itself, such as to an update of keys.
        if send(context) { context.flush() }
        if plain.readableBytes > 0 {
            isReadOpen = false
            hasPassedOn = true
            context.fireChannelRead(wrapInboundOut(plain))
        }
        guard phase == .open else { return }
        switch end {
        case .none:
            break
        case .closed:
            phase = .ending
            isClosingAsked = true
            finish(context, after: endOutput(context))
        case .failed(let error):
            fail(error, context)
        }
    }

    private func encrypt(_ bytes: ByteBuffer, _ promise: EventLoopPromise<Void>?, _ context: ChannelHandlerContext) {
        var rest = bytes
        do {
            while let slice = rest.readSlice(length: min(rest.readableBytes, Self.sliceBytes)), slice.readableBytes > 0
            {
                let result = slice.withUnsafeReadableBytes { bytes in
                    Result { () throws(TransportError) in try session.write(bytes) }
                }
                try result.get()
                if rest.readableBytes > 0 { send(context) }
            }
        } catch {
            promise?.fail(error)
            return
        }
        guard let promise else { return }
        if let unwritten { unwritten.futureResult.cascade(to: promise) } else { unwritten = promise }
    }

    /// Writes what is encrypted to the channel.
    @discardableResult private func send(_ context: ChannelHandlerContext) -> Bool {
        let promise = unwritten
        guard let bytes = session.takeOutput() ?? (promise == nil ? nil : ByteBuffer()) else { return false }
        unwritten = nil
        context.write(wrapOutboundOut(bytes), promise: promise)
        return true
    }

    /// Tells the peer that nothing follows.
    ///
    /// - Returns: when that has left, with everything before it.
    private func endOutput(_ context: ChannelHandlerContext) -> EventLoopFuture<Void> {
        if !sentClose {
            sentClose = true
            session.shutDown()
        }
        return sendLast(context)
    }

    private func sendLast(_ context: ChannelHandlerContext) -> EventLoopFuture<Void> {
        send(context)
        let promise = context.eventLoop.makePromise(of: Void.self)
        context.writeAndFlush(wrapOutboundOut(ByteBuffer()), promise: promise)
        return promise.futureResult
    }

    private func fail(_ error: TransportError, _ context: ChannelHandlerContext) {
        phase = .ending
        // First, because a connection that is gone already ends while the alert is written.
        context.fireErrorCaught(error)
        guard phase == .ending else { return }
        isClosingAsked = true
        // OpenSSL has put an alert for the peer into the output.
        finish(context, after: sendLast(context))
    }

    private func finish(_ context: ChannelHandlerContext, after sent: EventLoopFuture<Void>) {
        // The peer takes in nothing, so that there is nothing to wait for.
        guard context.channel.isWritable else { return closeNow() }
        setTimer(Self.endTimeout, context)
        sent.whenComplete { _ in self.closeNow() }
    }

    private func closeNow() {
        guard phase == .ending else { return }
        phase = .closed
        let promise = closing
        closing = nil
        context?.close(promise: promise)
    }

    private func remember(_ promise: EventLoopPromise<Void>?) {
        guard let promise else { return }
        if let closing { closing.futureResult.cascade(to: promise) } else { closing = promise }
    }

    /// The connection is gone, or this handler is.
    private func ended() {
        phase = .closed
        timer?.cancel()
        timer = nil
        while let (_, promise) = waiting.popFirst() { promise?.fail(ChannelError.ioOnClosedChannel) }
        unwritten?.fail(ChannelError.ioOnClosedChannel)
        unwritten = nil
        closing?.succeed()
        closing = nil
    }
}

// MARK: - Time

extension TLSHandler: NIOScheduledCallbackHandler {
    private func setTimer(_ time: TimeAmount, _ context: ChannelHandlerContext) {
        timer?.cancel()
        timer = try? context.eventLoop.scheduleCallback(in: time, handler: self)
    }

    func handleScheduledCallback(eventLoop: some EventLoop) {
        timer = nil
        guard let context else { return }
        switch phase {
        case .handshaking: fail(session.late, context)
        case .ending: closeNow()
        case .idle, .open, .closed: break
        }
    }
}
