import NIOCore
import NIOHTTP1

/// One exchange on an upstream HTTP/2 connection: a place there, and a stream once the request is sent.
///
/// `@unchecked Sendable`: `loop`, `info` and `connection` are constant; everything else is touched on the loop only.
final class HTTP2ClientStream: @unchecked Sendable {
    let loop: any EventLoop
    let info: ConnectionInfo
    let connection: HTTP2ClientConnection
    /// 0 before the request is sent.
    private(set) var number: Int32 = 0
    var state: ExchangeState
    var deadlines: ExchangeDeadlines?
    private(set) var deadline: NIODeadline?
    private(set) var body: HTTP2OutboundBody?
    private(set) var failure: TransportError?
    private var received = ReceivedParts()
    private var trailers: HTTPHeaders = [:]
    var headWaiter: HeadContinuation?
    var partWaiter: PartContinuation?
    var uploadWaiter: UnsafeContinuation<Void, any Error>?
    /// Nothing more is sent or taken up.
    private(set) var isBroken = false
    /// There is no stream, or none any more.
    private var isClosed = true
    /// The caller is done.
    private(set) var isReleased = false
    private var isFreed = false
    private var isServed = false
    /// Bytes that the connection had received when the request was sent.
    private var receivedAtRequest = 0
    /// Frames that it had received, and bytes of the body that had left, when the present phase began.
    private var framesAtPhase = 0
    private var sentAtPhase = 0

    init(on connection: HTTP2ClientConnection, _ info: ConnectionInfo) {
        loop = connection.loop
        self.connection = connection
        self.info = info
        state = ExchangeState(
            maximumInformationalResponses: connection.configuration.maximumInformationalResponses)
        state.lease()
    }

    func submitted(_ number: Int32, _ body: HTTP2OutboundBody?) {
        self.number = number
        self.body = body
        isClosed = false
        receivedAtRequest = connection.receivedBytes
    }

    // MARK: What the server sends

    func received(_ block: HTTP2HeaderBlock) {
        guard !isBroken else { return }
        if block.isTooLarge {
            let part = state.phase == .awaitingHead ? "head" : "trailers"
            return fail(TransportError(.responseTooLarge, .upstream, "the response's \(part) exceeds the bounds"))
        }
        let fields = HTTPHeaders(block.fields)
        // nghttp2 lets no status through behind the final one, and no block without one before.
        guard block.status > 0 else { return inputEnded(fields) }
        let head = HTTPResponseHead(
            version: HTTPVersion(major: 2, minor: 0), status: HTTPResponseStatus(statusCode: block.status),
            headers: fields)
        switch state.headReceived(head) {
        case .wait:
            break
        case .accept:
            enter(.total)
            headWaiter?.resume(returning: head)
            headWaiter = nil
        case .fail(let error):
            return fail(error, .protocolError)
        }
        if block.endsStream { inputEnded() }
    }

    func received(_ bytes: ByteBuffer) {
        guard !isBroken, bytes.readableBytes > 0 else { return }
        guard state.phase == .streaming else { return fail(ExchangeState.unsolicited, .protocolError) }
        received.append(bytes)
        serveSoon()
    }

    func inputEnded(_ trailers: HTTPHeaders = [:]) {
        guard !isBroken else { return }
        guard state.endReceived() else { return fail(ExchangeState.unsolicited, .protocolError) }
        self.trailers = trailers
        deadline = nil
        serveSoon()
    }

    private func serveSoon() {
        guard partWaiter != nil, !isServed else { return }
        isServed = true
        connection.serve(self)
    }

    /// Gives whoever waits for a part what there is.
    func serveReader() {
        isServed = false
        servePartWaiter(0)
    }

    func takePart(_ number: Int) throws -> ResponsePart? {
        guard !isReleased else { throw Self.exchangeOver }
        if let part = received.take() {
            if !isClosed && !isBroken && state.phase == .streaming {
                connection.session.consumeStream(part.readableBytes, on: self.number)
                connection.send()
            }
            return .bytes(part)
        }
        if let failure { throw failure }
        switch state.phase {
        case .ended: return .end(trailers)
        case .streaming: return nil
        default: throw Self.exchangeOver
        }
    }

    /// The server has taken most of what was queued of the request's body.
    func outputDrained() {
        guard let waiter = uploadWaiter else { return }
        uploadWaiter = nil
        if state.phase == .awaitingHead { enter(.upload) }
        waiter.resume()
    }

    // MARK: Ends

    /// The stream is over on both sides.
    func closed(_ code: HTTP2ErrorCode, isByPeer: Bool) {
        isClosed = true
        let isWhole = state.phase == .ended && code == .noError && !isByPeer
        if !isBroken && !isWhole { breakOff(code, isByPeer: isByPeer) }
        freeIfDone()
    }

    private func breakOff(_ code: HTTP2ErrorCode, isByPeer: Bool) {
        switch code {
        case .refusedStream, .http11Required:
            // Of nghttp2's own making, too: a GOAWAY left the stream out.
            let error = TransportError(
                .connectionClosed, .upstream, isRetryable: true, "the peer refused the request: \(code)")
            breakOff(error, Unanswered(cause: error, wasRefused: true))
        case _ where isByPeer:
            breakOff(
                TransportError(.connectionClosed, .upstream, isRetryable: true, "the peer reset the stream: \(code)"))
        default:
            let complaint = connection.session.complaint ?? "\(code)"
            breakOff(ExchangeState.malformed("no valid HTTP/2 response: \(complaint)"))
        }
    }

    func connectionFailed(_ error: TransportError) {
        isClosed = true
        let isStale = error.code == .connectionClosed && connection.receivedBytes == receivedAtRequest
        if !isBroken { breakOff(error, isStale ? Unanswered(cause: error) : nil) }
    }

    /// Breaks the exchange off; a response that is complete stays readable.
    func fail(_ error: TransportError, _ code: HTTP2ErrorCode = .cancel) {
        guard !isBroken else { return }
        breakOff(error)
        if !isClosed { connection.reset(self, code) }
    }

    /// - Parameter unanswered: what whoever waits for the head gets instead of `error`.
    private func breakOff(_ error: TransportError, _ unanswered: Unanswered? = nil) {
        isBroken = true
        deadline = nil
        if state.phase != .ended {
            failure = error
            if error.code == .cancelled || error.code == .deadlineExceeded { received.removeAll() }
            state.closed()
        }
        if let waiter = headWaiter {
            headWaiter = nil
            if let unanswered { waiter.resume(throwing: unanswered) } else { waiter.resume(throwing: error) }
        }
        serveReader()
        uploadWaiter?.resume(throwing: error)
        uploadWaiter = nil
    }

    func end(_ number: Int) {
        guard !isReleased else { return }
        // Its own last frame, too, may be missing: the server answered before it had the whole body.
        if !isClosed {
            fail(TransportError(.cancelled, .gateway, "the response was left before its end"))
        }
        isReleased = true
        deadline = nil
        received.removeAll()
        freeIfDone()
    }

    private func freeIfDone() {
        guard isClosed, isReleased, !isFreed else { return }
        isFreed = true
        body = nil
        connection.freed(info, isClean: !isBroken)
    }

    // MARK: Time

    /// A phase of the exchange begins, or went on.
    func enter(_ phase: ExchangeDeadlines.Phase) {
        guard let due = deadlines?.entered(phase), !isBroken, state.phase != .ended else { return }
        framesAtPhase = connection.session.receivedFrames
        sentAtPhase = body?.sentBytes ?? 0
        setDeadline(due)
    }

    func extendDeadline(_ deadline: NIODeadline, _ number: Int) {
        guard !isReleased, !isBroken, state.phase == .streaming, let due = deadlines?.extend(to: deadline) else {
            return
        }
        setDeadline(due)
    }

    private func setDeadline(_ deadline: NIODeadline) {
        self.deadline = deadline
        connection.wake(at: deadline)
    }

    func lookAtDeadline(_ now: NIODeadline) {
        guard let deadline, deadline <= now, let deadlines else { return }
        if deadlines.phase == .upload, let body, body.sentBytes != sentAtPhase { return enter(.upload) }
        // A connection without a sign of life, or stuck in a frame, must not be given further requests.
        let session = connection.session
        if session.receivedFrames == framesAtPhase || session.isInHeaderBlock { connection.retire() }
        fail(deadlines.error)
    }
}
