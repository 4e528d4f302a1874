import NIOCore
import NIOHTTP1

/// One upstream connection: one exchange at a time.
///
/// `@unchecked Sendable`: `loop`, `info` and `address` are constant; everything else is touched on the loop only.
final class ClientConnection: ChannelDuplexHandler, @unchecked Sendable {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// The peer closed a connection before any byte of a response.
    struct ClosedUnanswered: Error {
        let cause: TransportError
    }

    let loop: any EventLoop
    let info = ConnectionInfo()
    let address: VettedAddress
    let decoder: ResponseDecoder
    private let host: String
    private let configuration: HTTPClientConfiguration
    /// Nil once the connection is closed or broken.
    private var pool: ConnectionPool?
    private(set) var state: ExchangeState
    /// Counts exchanges, so that a response kept beyond its exchange can be told from the current one.
    private(set) var exchangeNumber = 0
    private var context: ChannelHandlerContext?
    private var failure: TransportError?
    private var parts = CircularBuffer<ByteBuffer>()
    private var bufferedBytes = 0
    private var headWaiter: UnsafeContinuation<HTTPResponseHead, any Error>?
    private var partWaiter: UnsafeContinuation<ByteBuffer?, any Error>?
    private var isReadHeldBack = false
    private var timer = LazyTimer()
    private var scheduled: NIOScheduledCallback?

    init(
        to address: VettedAddress, on loop: any EventLoop, configuration: HTTPClientConfiguration, pool: ConnectionPool
    ) {
        self.address = address
        host = address.description
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
            partReceived(bytes)
        case .end:
            guard state.phase != .closed else { return }
            guard state.endReceived() else {
                // An informational head has an end of its own in some versions of the decoder.
                if state.phase != .awaitingHead { fail(ExchangeState.unsolicited) }
                return
            }
            setDeadline(nil)
            serveWaiter()
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        // Bytes that were not asked for would be taken for the next response.
        if state.phase == .idle || state.phase == .leased { fail(ExchangeState.unsolicited) }
        serveWaiter()
        context.fireChannelReadComplete()
    }

    func read(context: ChannelHandlerContext) {
        if bufferedBytes >= configuration.maximumBufferedBytes {
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
        default:
            fail(Self.closedEarly(error))
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail(Self.closedEarly(nil))
        scheduled?.cancel()
        scheduled = nil
        context.fireChannelInactive()
    }

    private func headReceived(_ head: HTTPResponseHead) {
        guard state.phase != .closed else { return }
        switch state.headReceived(head) {
        case .wait:
            break
        case .accept(let hasBody, let contentLength):
            decoder.headReceived(hasBody: hasBody, contentLength: contentLength)
            headWaiter?.resume(returning: head)
            headWaiter = nil
        case .fail(let error):
            fail(error)
        }
    }

    private func partReceived(_ bytes: ByteBuffer) {
        parts.append(bytes)
        bufferedBytes += bytes.readableBytes
    }

    /// Gives whoever waits for a part what one read brought: all of it together.
    private func serveWaiter() {
        guard let waiter = partWaiter else { return }
        do {
            guard let part = try takePart(exchangeNumber) else { return }
            partWaiter = nil
            waiter.resume(returning: part)
        } catch {
            partWaiter = nil
            waiter.resume(throwing: error)
        }
    }

    // MARK: What an exchange asks for; on the loop

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

    /// Sends a request; `continuation` gets the response's head.
    func send(
        _ request: HTTPClientRequest, deadline: ContinuousClock.Instant,
        _ continuation: UnsafeContinuation<HTTPResponseHead, any Error>
    ) {
        guard state.phase == .leased, let context else {
            let error = failure ?? Self.closedEarly(nil)
            let isUnanswered = error.code == .connectionClosed || error.code == .malformedResponse
            return continuation.resume(throwing: isUnanswered ? ClosedUnanswered(cause: error) : error)
        }
        let isSmall = request.body.readableBytes <= RequestEncoding.copyLimit
        var bytes = ByteBuffer()
        bytes.reserveCapacity(1_024 + (isSmall ? request.body.readableBytes : 0))
        do {
            try RequestEncoding.write(request, host: host, to: &bytes)
        } catch {
            return continuation.resume(throwing: error)
        }
        headWaiter = continuation
        state.requestSent(request.method)
        decoder.requestSent(request.method)
        setDeadline(NIODeadline(deadline))
        if isSmall {
            bytes.writeImmutableBuffer(request.body)
        } else {
            context.write(wrapOutboundOut(bytes), promise: nil)
            bytes = request.body
        }
        context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
    }

    /// What has arrived and is not yet taken.
    ///
    /// - Returns: nil inside at the body's end; nil outside when it has not arrived yet.
    func takePart(_ number: Int) throws -> ByteBuffer?? {
        guard number == exchangeNumber else { throw Self.exchangeOver }
        if var part = parts.popFirst() {
            // Small parts travel on together: an event stream's reader passes on what came in one piece in one piece.
            while let next = parts.first, part.readableBytes + next.readableBytes <= Self.mergeLimit {
                part.writeImmutableBuffer(next)
                parts.removeFirst()
            }
            bufferedBytes -= part.readableBytes
            if isReadHeldBack && bufferedBytes < configuration.maximumBufferedBytes {
                isReadHeldBack = false
                context?.read()
            }
            return .some(part)
        }
        if let failure { throw failure }
        switch state.phase {
        case .ended: return .some(nil)
        case .streaming: return nil
        default: throw Self.exchangeOver
        }
    }

    func nextPart(_ number: Int, _ continuation: UnsafeContinuation<ByteBuffer?, any Error>) {
        do {
            if let part = try takePart(number) {
                continuation.resume(returning: part)
            } else {
                precondition(partWaiter == nil, "two tasks read one response")
                partWaiter = continuation
            }
        } catch {
            continuation.resume(throwing: error)
        }
    }

    /// The exchange is over, one way or another: back to the pool if nothing is left of it, else closed.
    func end(_ number: Int) {
        guard number == exchangeNumber, pool != nil else { return }
        let isUntouched = state.phase == .leased
        let isComplete = state.phase == .ended && state.isKeepAlive && decoder.framing.isAtEnd
        guard isUntouched || isComplete, let pool else {
            return fail(TransportError(.cancelled, .gateway, "the response was left before its end"))
        }
        parts.removeAll(keepingCapacity: true)
        bufferedBytes = 0
        exchangeNumber &+= 1
        state.release()
        setDeadline(.after(configuration.idleTimeout))
        if isReadHeldBack {
            isReadHeldBack = false
            context?.read()
        }
        pool.released(self)
    }

    /// Ends the exchange, if it is still this one, and closes the connection.
    func fail(_ error: TransportError, exchange number: Int) {
        if number == exchangeNumber { fail(error) }
    }

    /// Closes the connection; whoever waits gets `error`. A response that is complete stays readable.
    func fail(_ error: TransportError) {
        guard let pool else { return }
        self.pool = nil
        let isUnanswered = state.phase == .awaitingHead && decoder.framing.receivedBytes == 0
        if state.phase != .ended {
            failure = error
            if error.code == .cancelled || error.code == .deadlineExceeded { dropParts() }
            state.closed()
        }
        if let waiter = headWaiter {
            headWaiter = nil
            let isStale = isUnanswered && error.code == .connectionClosed
            waiter.resume(throwing: isStale ? ClosedUnanswered(cause: error) : error)
        }
        serveWaiter()
        pool.closed(self)
        context?.close(promise: nil)
    }

    private func dropParts() {
        parts.removeAll()
        bufferedBytes = 0
    }

    private static func closedEarly(_ cause: (any Error)?) -> TransportError {
        TransportError(
            .connectionClosed, .upstream, isRetryable: true, "the peer closed the connection", cause: cause)
    }

    private static let mergeLimit = 32 * 1_024

    private static let exchangeOver = TransportError(
        .connectionClosed, .gateway, "the response is used after its exchange")
}

// MARK: - Time

extension ClientConnection: NIOScheduledCallbackHandler {
    /// Moves the deadline of this exchange, if it is still under way.
    func extendDeadline(_ deadline: NIODeadline, exchange number: Int) {
        guard number == exchangeNumber, pool != nil, state.phase == .streaming else { return }
        setDeadline(deadline)
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
            scheduled = try? loop.scheduleCallback(at: deadline, handler: self)
        case .expired where state.phase == .idle:
            fail(TransportError(.connectionClosed, .gateway, "unused for too long"))
        case .expired:
            fail(
                TransportError(
                    .deadlineExceeded, .upstream, isRetryable: true, "no complete response before the deadline"))
        }
    }
}
