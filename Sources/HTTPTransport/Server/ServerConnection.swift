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
    let origin: ConnectionOrigin
    var context: ChannelHandlerContext?
    var phase = Phase.reading
    var answer = AnswerState(method: .GET, version: .http1_1, isKeepAlive: false)
    /// Counts requests, so that a writer kept beyond its request can be told from the current one.
    var requestNumber = 0
    /// The head of a streamed answer, until the first chunk takes it along.
    var pendingHead: ByteBuffer?
    var writeWaiter: UnsafeContinuation<Void, any Error>?
    var webSocket: WebSocket?
    /// A request whose body is being collected, with its head's reading.
    var incoming: IncomingRequest?
    /// The body that the current request's task reads.
    var bodyStream: HTTPBodyStream?
    /// The client waits for leave to send the body that `bodyStream` is to bring.
    var owesContinue = false
    /// The task waits for more of the body.
    var isBodyAwaited = false
    var reader: RequestReader
    var task: Task<Void, Never>?
    /// Small until somebody pipelines, as there is one for each connection.
    var queue = CircularBuffer<HTTPServerRequestPart>(initialCapacity: 2)
    /// Set by a syntax error that came while a request was being answered.
    var queuedFault: HTTPResponseStatus?
    var isReadHeldBack = false
    var hasPartialHead = false
    private var sawPart = false
    var isBodyTimed = false
    var timer = ConnectionTimer()
    var pace: BodyPace
    /// Bytes in the channel when the deadline for the client's taking them in was set.
    var unsentThen = 0
    var memory: MemoryShare
    var queueMemory: MemoryShare

    var loop: any EventLoop { server.executor.loop }
    var configuration: HTTPServerConfiguration { server.shared.configuration }

    init(on server: ServerLoop, from origin: ConnectionOrigin) {
        self.server = server
        self.origin = origin
        memory = MemoryShare(of: server.shared.memory)
        queueMemory = MemoryShare(of: server.shared.memory)
        pace = BodyPace(server.shared.configuration)
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
        setDeadline(after: configuration.headerTimeout)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch phase {
        case .reading where queue.isEmpty, .answering where queue.isEmpty && reader.isInBody:
            sawPart = true
            received(unwrapInboundIn(data))
        case .reading, .answering, .flushing:
            sawPart = true
            enqueue(unwrapInboundIn(data))
        case .upgraded:
            context.fireChannelRead(data)
        case .lingering, .closed:
            break
        }
    }

    /// One read of small requests in a row takes up many times its bytes.
    private func enqueue(_ part: HTTPServerRequestPart) {
        queue.append(part)
        var bytes = MemoryBudget.perQueuedPart
        if case .body(let body) = part { bytes += body.readableBytes }
        queueMemory.add(bytes)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if phase == .reading {
            if reader.isInBody {
                timeBody()
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
        if mayRead { context.read() } else { isReadHeldBack = true }
    }

    /// Whether what the client sends next has a place.
    private var mayRead: Bool {
        guard phase == .answering || phase == .flushing else { return true }
        return queue.isEmpty && queuedFault == nil && bodyStream?.bufferedBytes ?? 0 == 0
    }

    func resumeReading() {
        guard isReadHeldBack, mayRead else { return }
        isReadHeldBack = false
        context?.read()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        let isWritable = context.channel.isWritable
        switch (phase, isWritable) {
        case (.answering, true):
            setDeadline(isBodyAwaited ? pace.deadline : nil)
            resumeWriter()
        case (.answering, false):
            awaitWrite()
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
        // The connection's end follows, which says the same.
        if error == .invalidEOFState { return }
        let status: HTTPResponseStatus = error == .headerOverflow ? .requestHeaderFieldsTooLarge : .badRequest
        switch phase {
        case .reading where queue.isEmpty:
            reject(status)
        case .answering where queue.isEmpty && reader.isInBody:
            bodyBroke(TransportError(.malformedContent, .downstream, "the body is not valid HTTP"))
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
        memory.release()
        incoming = nil
        bodyStream?.fail(Self.clientLeft)
        detachBody()
        timer.cancel()
        queue.removeAll()
        queueMemory.release()
        resumeWriter(throwing: Self.clientLeft)
    }

    static let clientLeft = TransportError(.connectionClosed, .downstream, "the client left")
}
