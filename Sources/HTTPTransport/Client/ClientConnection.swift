import NIOCore
import NIOHTTP1

/// One upstream connection of HTTP/1.1: one exchange at a time.
///
/// `@unchecked Sendable`: `loop` and `info` are constant; everything else is touched on the loop only.
final class ClientConnection: ChannelDuplexHandler, PooledConnection, @unchecked Sendable {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    let loop: any EventLoop
    let info = ConnectionInfo()
    let decoder: ResponseDecoder
    /// What requests say in `host`.
    let host: String
    let configuration: HTTPClientConfiguration
    /// Nil once the connection is closed or broken.
    private(set) var pool: TargetPool?
    var state: ExchangeState
    var deadlines: ExchangeDeadlines?
    /// Counts exchanges, so that a response kept beyond its exchange can be told from the current one.
    var exchangeNumber = 0
    private(set) var context: ChannelHandlerContext?
    private(set) var failure: TransportError?
    var received = ReceivedParts()
    private var trailers: HTTPHeaders = [:]
    /// Bytes that the last exchange accounts for.
    private var settledBytes = 0
    var headWaiter: HeadContinuation?
    var partWaiter: PartContinuation?
    private var isReadHeldBack = false
    private var timer = ConnectionTimer()

    init(on loop: any EventLoop, configuration: HTTPClientConfiguration, pool: TargetPool) {
        host = pool.target.authority ?? pool.target.address.description
        self.loop = loop
        self.configuration = configuration
        self.pool = pool
        state = ExchangeState(maximumInformationalResponses: configuration.maximumInformationalResponses)
        decoder = ResponseDecoder(
            maximumHeaderBytes: configuration.maximumHeaderBytes, maximumHeaderCount: configuration.maximumHeaderCount)
    }

    // MARK: Channel events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            headReceived(head)
        case .body(let bytes):
            guard state.phase == .streaming else { return fail(ExchangeState.unsolicited) }
            decoder.bodyReceived(bytes.readableBytes)
            received.append(bytes)
        case .end(let trailers):
            guard state.phase != .closed else { return }
            guard state.endReceived() else {
                // An informational head has an end of its own in some versions of the decoder.
                if state.phase != .awaitingHead { fail(ExchangeState.unsolicited) }
                return
            }
            self.trailers = trailers ?? [:]
            setDeadline(nil)
            servePartWaiter(exchangeNumber)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        // Bytes that were not asked for would be taken for the next response.
        if state.phase == .idle || state.phase == .leased, decoder.framing.receivedBytes != settledBytes {
            fail(ExchangeState.unsolicited)
        }
        servePartWaiter(exchangeNumber)
        context.fireChannelReadComplete()
    }

    func read(context: ChannelHandlerContext) {
        if received.bytes >= configuration.maximumBufferedBytes {
            isReadHeldBack = true
        } else {
            context.read()
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case HTTPParserError.headerOverflow:
            fail(TransportError(.responseTooLarge, .upstream, "the response's head exceeds the bounds", cause: error))
        case HTTPParserError.invalidEOFState, HTTPParserError.closedConnection:
            fail(Self.closedEarly(error))
        case is HTTPParserError, is NIOHTTPDecoderError:
            fail(
                TransportError(.malformedResponse, .upstream, isRetryable: true, "no valid HTTP response", cause: error)
            )
        case let error as TransportError:
            fail(error)
        default:
            fail(Self.closedEarly(error))
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail(Self.closedEarly(nil))
        timer.cancel()
        context.fireChannelInactive()
    }

    private func headReceived(_ head: HTTPResponseHead) {
        guard state.phase != .closed else { return }
        switch state.headReceived(head) {
        case .wait:
            break
        case .accept(let hasBody, let contentLength):
            decoder.headReceived(hasBody: hasBody, contentLength: contentLength)
            enter(.total)
            headWaiter?.resume(returning: head)
            headWaiter = nil
        case .fail(let error):
            fail(error)
        }
    }

    func takePart(_ number: Int) throws -> ResponsePart? {
        guard number == exchangeNumber else { throw Self.exchangeOver }
        if let part = received.take() {
            readOn()
            return .bytes(part)
        }
        if let failure { throw failure }
        switch state.phase {
        case .ended: return .end(trailers)
        case .streaming: return nil
        default: throw Self.exchangeOver
        }
    }

    private func readOn() {
        guard isReadHeldBack, received.bytes < configuration.maximumBufferedBytes else { return }
        isReadHeldBack = false
        context?.read()
    }

    // MARK: The pool

    /// Whether the connection can carry an exchange.
    var isUsable: Bool { state.phase == .idle && pool != nil && context?.channel.isActive == true }

    /// Takes the connection out of the pool.
    ///
    /// - Returns: the exchange's number.
    func lease() -> Int {
        state.lease()
        exchangeNumber &+= 1
        setDeadline(nil)
        return exchangeNumber
    }

    /// Back to the pool if nothing is left of the exchange, else closed.
    func end(_ number: Int) {
        guard number == exchangeNumber, let pool else { return }
        guard state.phase == .leased || (state.isReusable && decoder.framing.isAtEnd) else {
            return fail(TransportError(.cancelled, .gateway, "the response was left before its end"))
        }
        received.removeAll()
        settledBytes = decoder.framing.receivedBytes
        if !trailers.isEmpty { trailers = [:] }
        exchangeNumber &+= 1
        deadlines = nil
        state.release()
        readOn()
        // What the pool does next sets the deadline.
        pool.released(self)
    }

    /// Closes the connection; whoever waits gets `error`. A response that is complete stays readable.
    func fail(_ error: TransportError) {
        guard let pool else { return }
        self.pool = nil
        let isUnanswered = state.phase == .awaitingHead && decoder.framing.receivedBytes == 0
        // The peer must not take half a body for a whole one.
        if state.upload.isUnderWay { context?.channel.resetOnClose() }
        if state.phase != .ended {
            failure = error
            if error.code == .cancelled || error.code == .deadlineExceeded { received.removeAll() }
            state.closed()
        }
        if let waiter = headWaiter {
            headWaiter = nil
            let isStale = isUnanswered && error.code == .connectionClosed
            waiter.resume(throwing: isStale ? Unanswered(cause: error) : error)
        }
        servePartWaiter(exchangeNumber)
        pool.closed(self)
        context?.close(promise: nil)
    }
}

// MARK: - Time

extension ClientConnection: NIOScheduledCallbackHandler {
    /// A phase of the exchange begins, or went on.
    func enter(_ phase: ExchangeDeadlines.Phase) {
        guard let due = deadlines?.entered(phase), pool != nil, state.phase != .ended else { return }
        setDeadline(due)
    }

    func extendDeadline(_ deadline: NIODeadline, _ number: Int) {
        guard number == exchangeNumber, pool != nil, state.phase == .streaming else { return }
        setDeadline(deadlines?.extend(to: deadline))
    }

    func setDeadline(_ deadline: NIODeadline?) {
        timer.set(deadline, on: loop, for: self)
    }

    func handleScheduledCallback(eventLoop: some EventLoop) {
        guard timer.fired(on: loop, for: self) else { return }
        if state.phase == .idle {
            fail(TransportError(.connectionClosed, .gateway, "unused for too long"))
        } else if let deadlines {
            fail(deadlines.error)
        }
    }
}
