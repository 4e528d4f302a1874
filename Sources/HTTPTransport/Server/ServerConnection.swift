import Logging
import NIOCore
import NIOHTTP1

/// One accepted connection: requests in, one task for each, its answer out, one request at a time.
///
/// `@unchecked Sendable`: touched on the connection's event loop only. A request's task runs there too.
final class ServerConnection: ChannelDuplexHandler, RemovableChannelHandler, ResponseSink, DrainableConnection,
    @unchecked Sendable
{
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    enum Phase {
        /// Waiting for a request, or in the middle of one.
        case reading
        /// A request's task runs; what the client sends meanwhile is queued.
        case answering
        /// The answer is given, but the client has not taken it in yet.
        case flushing
        /// The last answer is sent; input is thrown away until the client has read it and closes.
        case lingering
        /// Another protocol has taken over.
        case upgraded
        case closed
    }

    let server: ServerLoop
    var context: ChannelHandlerContext?
    var phase = Phase.reading
    var answer = AnswerState(method: .GET, version: .http1_1, isKeepAlive: false)
    /// Counts requests, so that a writer kept beyond its request can be told from the current one.
    private(set) var requestNumber = 0
    /// The head of a streamed answer, until the first chunk takes it along.
    var pendingHead: ByteBuffer?
    var writeWaiter: UnsafeContinuation<Void, any Error>?
    var webSocket: WebSocket?
    private var reader: RequestReader
    private var task: Task<Void, Never>?
    private var queue = CircularBuffer<HTTPServerRequestPart>()
    /// Set by a syntax error that came while a request was being answered.
    private var queuedFault: HTTPResponseStatus?
    private var isReadHeldBack = false
    private var hasPartialHead = false
    private var sawPart = false
    private var isBodyTimed = false
    private var timer = LazyTimer()
    private var scheduled: NIOScheduledCallback?
    private var remoteAddress = ""

    var loop: any EventLoop { server.executor.loop }
    var configuration: HTTPServerConfiguration { server.shared.configuration }

    init(on server: ServerLoop) {
        self.server = server
        reader = RequestReader(
            maximumBodyBytes: server.shared.configuration.maximumBodyBytes,
            maximumTargetBytes: server.shared.configuration.maximumTargetBytes)
    }

    // MARK: Channel events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { opened(context) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        opened(context)
        context.fireChannelActive()
    }

    private func opened(_ context: ChannelHandlerContext) {
        remoteAddress = context.remoteAddress?.ipAddress ?? ""
        setDeadline(after: configuration.headerTimeout)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch phase {
        case .reading where queue.isEmpty:
            sawPart = true
            received(unwrapInboundIn(data))
        case .reading, .answering, .flushing:
            sawPart = true
            queue.append(unwrapInboundIn(data))
        case .upgraded:
            context.fireChannelRead(data)
        case .lingering, .closed:
            break
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if phase == .reading {
            if reader.isInBody {
                if !isBodyTimed {
                    isBodyTimed = true
                    setDeadline(after: configuration.bodyTimeout)
                }
            } else if !sawPart && !hasPartialHead {
                // Bytes came which the decoder keeps: the beginning of a head.
                hasPartialHead = true
                setDeadline(after: configuration.headerTimeout)
            }
        }
        sawPart = false
        context.fireChannelReadComplete()
    }

    func read(context: ChannelHandlerContext) {
        let isBusy = phase == .answering || phase == .flushing
        if isBusy && (!queue.isEmpty || queuedFault != nil) {
            isReadHeldBack = true
        } else {
            context.read()
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        let isWritable = context.channel.isWritable
        switch (phase, isWritable) {
        case (.answering, true):
            setDeadline(nil)
            resumeWriter()
        case (.answering, false):
            setDeadline(after: configuration.writeTimeout)
        case (.flushing, true):
            becomeReading()
        default:
            break
        }
        context.fireChannelWritabilityChanged()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? HTTPParserError else {
            if phase == .upgraded { context.fireErrorCaught(error) } else { context.close(promise: nil) }
            return
        }
        let status: HTTPResponseStatus = error == .headerOverflow ? .requestHeaderFieldsTooLarge : .badRequest
        switch phase {
        case .reading where queue.isEmpty:
            reject(status)
        case .reading, .answering, .flushing:
            queuedFault = status
        case .lingering, .upgraded, .closed:
            break
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        close()
        context.fireChannelInactive()
    }

    /// The connection is gone: its task ends, whoever waits learns it.
    private func close() {
        if let task {
            task.cancel()
        } else if phase == .answering {
            // The task is still in its first part: a write of its own found the client gone.
            withUnsafeCurrentTask { $0?.cancel() }
        }
        task = nil
        phase = .closed
        scheduled?.cancel()
        scheduled = nil
        queue.removeAll()
        resumeWriter(throwing: Self.clientLeft)
    }

    // MARK: Requests

    private func received(_ part: HTTPServerRequestPart) {
        switch reader.received(part) {
        case .none:
            break
        case .sendContinue:
            let line = ByteBuffer(staticString: "HTTP/1.1 100 Continue\r\n\r\n")
            context?.writeAndFlush(wrapOutboundOut(line), promise: nil)
        case .complete(let received):
            begin(received)
        case .reject(let status):
            reject(status)
        }
    }

    private func begin(_ received: RequestReader.Received) {
        hasPartialHead = false
        isBodyTimed = false
        setDeadline(nil)
        if let upgrade = WebSocketUpgrade(received.head), server.shared.webSocket != nil {
            return self.upgrade(upgrade)
        }
        let isKeepAlive = received.isKeepAlive && !server.isDraining
        answer = AnswerState(method: received.head.method, version: received.head.version, isKeepAlive: isKeepAlive)
        phase = .answering
        requestNumber &+= 1
        pendingHead = nil
        let number = requestNumber
        let request = HTTPRequest(
            method: received.head.method, target: received.head.uri, headers: received.head.headers,
            body: received.body, remoteAddress: remoteAddress, receivedAt: received.receivedAt)
        // Cancelled by `close` and `cut`. Its first part runs here and now; it continues on this loop.
        let task = Task.immediate(executorPreference: server.executor) {
            do {
                try await self.server.shared.responder.respond(
                    to: request, writer: HTTPResponseWriter(self, requestNumber: number))
                self.requestEnded(number, error: nil)
            } catch {
                self.requestEnded(number, error: error)
            }
        }
        guard requestNumber == number else { return }
        switch phase {
        case .answering: self.task = task
        case .closed: task.cancel()
        default: break
        }
    }

    private func requestEnded(_ number: Int, error: (any Error)?) {
        guard phase == .answering, requestNumber == number, let context else { return }
        task = nil
        if let error { log(error) }
        if !answer.hasStarted {
            giveError(.internalServerError)
        }
        guard answer.isFinished else { return abort() }
        if !answer.isKeepAlive || server.isDraining {
            return linger()
        }
        if context.channel.isWritable {
            becomeReading()
        } else {
            phase = .flushing
            setDeadline(after: configuration.writeTimeout)
        }
    }

    /// The next request may begin.
    private func becomeReading() {
        phase = .reading
        setDeadline(after: configuration.idleTimeout)
        guard !queue.isEmpty || queuedFault != nil || isReadHeldBack else { return }
        // Not at once: this may run inside the last request's task, whose local values the next one must not see.
        server.executor.loop.execute { self.takeQueued() }
    }

    private func takeQueued() {
        while phase == .reading, let part = queue.popFirst() { received(part) }
        guard phase == .reading else { return }
        if let fault = queuedFault {
            queuedFault = nil
            return reject(fault)
        }
        if reader.isInBody && !isBodyTimed {
            isBodyTimed = true
            setDeadline(after: configuration.bodyTimeout)
        }
        if isReadHeldBack {
            isReadHeldBack = false
            context?.read()
        }
    }

    private func log(_ error: any Error) {
        if let error = error as? TransportError, error.source == .downstream { return }
        if error is CancellationError { return }
        server.shared.logger.info("Request failed without an answer of its own", metadata: ["error.cause": "\(error)"])
    }

    // MARK: Ends

    /// Answers what is no acceptable request, and closes.
    private func reject(_ status: HTTPResponseStatus) {
        answer = AnswerState(method: .GET, version: .http1_1, isKeepAlive: false)
        phase = .answering
        requestNumber &+= 1
        giveError(status)
        linger()
    }

    /// Sends what is written, tells the client that nothing follows, and waits for it to close.
    ///
    /// Closing at once while the client still sends would reset the connection and could destroy the answer on its way.
    private func linger() {
        guard let context, phase != .closed else { return }
        phase = .lingering
        queue.removeAll()
        queuedFault = nil
        setDeadline(after: configuration.writeTimeout)
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.whenComplete { _ in
            guard self.phase == .lingering, let context = self.context else { return }
            self.setDeadline(after: .seconds(2))
            context.close(mode: .output, promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer()), promise: promise)
        if isReadHeldBack {
            isReadHeldBack = false
            context.read()
        }
    }

    /// Cuts the connection in the middle of an answer, so that the client cannot take it for complete.
    private func abort() {
        guard let context else { return }
        // Here a normal end of the connection is a normal end of the body; only a reset is not.
        if answer.endsByClosing { context.channel.resetOnClose() }
        context.close(promise: nil)
    }

    /// The server stops: an idle connection ends, a busy one ends after its answer.
    func drain() {
        switch phase {
        case .reading where !reader.isInBody: linger()
        case .answering: answer.closeAfterwards()
        case .upgraded: webSocket?.handler.goAway()
        default: break
        }
    }

    /// The server's patience is over.
    func cut() {
        task?.cancel()
        context?.close(promise: nil)
        webSocket?.handler.channel?.close(promise: nil)
    }

    static let clientLeft = TransportError(.connectionClosed, .downstream, "the client left")
}

// MARK: - Time

extension ServerConnection: NIOScheduledCallbackHandler {
    func setDeadline(after duration: Duration) {
        setDeadline(.after(duration))
    }

    func setDeadline(_ deadline: NIODeadline?) {
        perform(timer.set(deadline))
    }

    func handleScheduledCallback(eventLoop: some EventLoop) {
        perform(timer.fired(at: .now()))
    }

    private func perform(_ action: LazyTimer.Action) {
        switch action {
        case .none:
            break
        case .arm(let deadline):
            // An earlier deadline than before: the later timer would keep a closed connection until it fires.
            scheduled?.cancel()
            scheduled = try? server.executor.loop.scheduleCallback(at: deadline, handler: self)
        case .expired:
            expired()
        }
    }

    private func expired() {
        switch phase {
        case .reading where reader.isInBody || hasPartialHead:
            reject(.requestTimeout)
        case .answering, .flushing:
            resumeWriter(throwing: TransportError(.writeTimedOut, .downstream, "the client takes in nothing"))
            abort()
        case .reading, .lingering:
            context?.close(promise: nil)
        case .upgraded, .closed:
            break
        }
    }
}
