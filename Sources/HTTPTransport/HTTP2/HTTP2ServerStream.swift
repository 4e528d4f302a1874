import NIOCore
import NIOHTTP1

/// One stream of an HTTP/2 connection: a request in, its task, its answer out.
///
/// `@unchecked Sendable`: touched on the connection's event loop only. The request's task runs there too.
final class HTTP2ServerStream: @unchecked Sendable {
    /// What happens with the request's body.
    private enum Input {
        case collecting(ByteBuffer, limit: Int)
        case streaming(HTTPBodyStream, received: Int, limit: Int)
        /// It is read and thrown away.
        case unwanted
        case ended
    }

    let number: Int32
    let connection: HTTP2ServerConnection
    var answer = AnswerState(method: .GET, version: .http1_1, isKeepAlive: true)
    /// The streamed part of the answer.
    var body: HTTP2OutboundBody?
    var writeWaiter: UnsafeContinuation<Void, any Error>?
    /// The last frame of the answer is in nghttp2's hands.
    var isAnswerSubmitted = false
    private(set) var isClosed = false
    /// The client, or the connection, ended the stream before the answer was complete.
    private(set) var isAbandoned = false
    private var request: HTTPRequest?
    private var input = Input.unwanted
    private var declaredBytes = 0
    private var task: Task<Void, Never>?
    /// Bytes of the body that came and are not given back to the client's window.
    private var unconsumedBytes = 0
    private var bodyDeadline: NIODeadline?
    private var writeDeadline: NIODeadline?
    private var sentBytesThen = 0

    var session: HTTP2Session { connection.session }
    private var configuration: HTTPServerConfiguration { connection.configuration }

    init(_ number: Int32, on connection: HTTP2ServerConnection) {
        self.number = number
        self.connection = connection
    }

    // MARK: The request

    /// The request's head is complete.
    func received(_ block: HTTP2HeaderBlock) {
        let head = HTTP2RequestHead(block, maximumTargetBytes: configuration.maximumTargetBytes)
        answer = AnswerState(method: head.method, version: .http1_1, isKeepAlive: true)
        input = block.endsStream ? .ended : .unwanted
        if head.isMalformed { return session.reset(number, .protocolError) }
        if let status = head.fault { return reject(status) }
        var request = HTTPRequest(
            method: head.method, target: block.path, headers: head.headers, remoteAddress: connection.remoteAddress)
        declaredBytes = head.contentLength
        switch connection.server.shared.responder.reception(of: request) {
        case .collect:
            collect(request, upTo: configuration.maximumBodyBytes, block.endsStream, head.expectsContinue)
        case .collectUpTo(let limit):
            collect(request, upTo: limit, block.endsStream, head.expectsContinue)
        case .stream(let limit):
            let stream = HTTPBodyStream(loop: loop)
            request.bodyStream = stream
            if block.endsStream {
                stream.finish()
            } else {
                stream.onConsumed = { [weak self] count in self?.consumed(count) }
                input = .streaming(stream, received: 0, limit: limit)
                awaitBody()
                if head.expectsContinue { sendContinue() }
            }
            start(request)
        case .refuse:
            start(request)
        }
    }

    private func collect(_ request: HTTPRequest, upTo limit: Int, _ isComplete: Bool, _ expectsContinue: Bool) {
        if isComplete { return start(request) }
        if declaredBytes > limit { return reject(.payloadTooLarge) }
        self.request = request
        input = .collecting(ByteBuffer(), limit: limit)
        awaitBody()
        if expectsContinue { sendContinue() }
    }

    private func sendContinue() {
        // The stream is open, so that only a lack of memory could fail; the client then waits in vain.
        try? session.submitInformational(100, on: number)
    }

    /// A part of the body came.
    func received(_ bytes: ByteBuffer) {
        let count = bytes.readableBytes
        if case .unwanted = input {
            // The stream's own window shuts, so that the client stops by itself.
            return session.consumeConnection(count)
        }
        unconsumedBytes += count
        switch input {
        case .collecting(var collected, let limit):
            consumed(count)
            guard count <= limit - collected.readableBytes else {
                request = nil
                input = .unwanted
                return reject(.payloadTooLarge)
            }
            input = .unwanted
            if collected.readableBytes == 0 {
                // The common case: the body came in one piece and needs no copy.
                collected = bytes
            } else {
                collected.reserveCapacity(min(declaredBytes, limit))
                collected.writeImmutableBuffer(bytes)
            }
            input = .collecting(collected, limit: limit)
        case .streaming(let stream, let received, let limit):
            guard count <= limit - received else {
                input = .unwanted
                bodyDeadline = nil
                consumed(unconsumedBytes)
                stream.fail(TransportError(.messageTooLarge, .downstream, "the body is longer than \(limit) bytes"))
                return
            }
            input = .streaming(stream, received: received + count, limit: limit)
            stream.received(bytes)
            bodyDeadline = stream.bufferedBytes > 0 ? nil : bodyDeadline.map { _ in nextBodyDeadline }
        case .unwanted, .ended:
            consumed(count)
        }
    }

    /// The reader has taken up bytes: the client may send as many.
    private func consumed(_ count: Int) {
        let count = min(count, unconsumedBytes)
        unconsumedBytes -= count
        session.consume(count, on: number)
        if case .streaming(let stream, _, _) = input, stream.bufferedBytes == 0 {
            awaitBody()
            connection.send()
        }
    }

    /// The body is complete.
    func inputEnded(trailers: HTTPHeaders = [:]) {
        let last = input
        input = .ended
        bodyDeadline = nil
        switch last {
        case .collecting(let collected, _):
            guard var request else { return }
            self.request = nil
            request.body = collected
            request.trailers = trailers
            start(request)
        case .streaming(let stream, _, _):
            stream.finish(trailers: trailers)
        case .unwanted, .ended:
            break
        }
    }

    func receivedTrailers(_ block: HTTP2HeaderBlock) {
        if block.isTooLarge {
            request = nil
            failBody(TransportError(.messageTooLarge, .downstream, "the trailers are too large"))
            input = .ended
            return answer.hasStarted ? () : reject(.requestHeaderFieldsTooLarge)
        }
        inputEnded(trailers: HTTPHeaders(block.fields))
    }

    private func start(_ request: HTTPRequest) {
        let task = connection.start(self, request)
        if !isAbandoned && !answer.isFinished { self.task = task }
        if isAbandoned { task.cancel() }
    }

    /// The request's task is done.
    func taskEnded(_ error: (any Error)?) {
        task = nil
        guard !isClosed else { return }
        if let error { connection.server.shared.noteUnanswered(error) }
        if !answer.hasStarted {
            giveError(ServerShared.status(unansweredFor: error))
        } else if !answer.isFinished {
            // Without an end of the body, so that the client sees that the answer is incomplete.
            connection.cutOff(number)
        }
    }

    /// Answers what is no acceptable request; what else comes of it is thrown away.
    private func reject(_ status: HTTPResponseStatus) {
        if case .ended = input {} else { input = .unwanted }
        bodyDeadline = nil
        giveError(status)
    }

    // MARK: Ends

    /// The answer has left, and the client still sends its body: it may stop.
    func outputEndedFirst() {
        session.reset(number, .noError)
    }

    /// Nothing more comes or goes on this stream.
    func closed(_ code: HTTP2ErrorCode) {
        guard !isClosed else { return }
        isClosed = true
        bodyDeadline = nil
        writeDeadline = nil
        isAbandoned = !(isAnswerSubmitted && code == .noError)
        failBody(ServerConnection.clientLeft)
        session.consume(unconsumedBytes, on: number)
        unconsumedBytes = 0
        request = nil
        if isAbandoned {
            task?.cancel()
            resumeWriter(throwing: ServerConnection.clientLeft)
        }
        task = nil
    }

    private func failBody(_ error: TransportError) {
        guard case .streaming(let stream, _, _) = input else { return }
        input = .unwanted
        stream.onConsumed = nil
        stream.fail(error)
    }

    // MARK: Time

    /// The first moment at which something must have happened.
    var deadline: NIODeadline? {
        guard let bodyDeadline, let writeDeadline else { return bodyDeadline ?? writeDeadline }
        return min(bodyDeadline, writeDeadline)
    }

    private var nextBodyDeadline: NIODeadline { .after(configuration.bodyTimeout) }

    private func awaitBody() {
        let deadline = nextBodyDeadline
        bodyDeadline = deadline
        connection.wake(at: deadline)
    }

    /// The answer's bytes wait; they must move within the write timeout.
    func awaitWrite() {
        guard writeDeadline == nil, let body, body.queuedBytes > 0 else { return }
        let deadline = NIODeadline.after(configuration.writeTimeout)
        writeDeadline = deadline
        sentBytesThen = body.sentBytes
        connection.wake(at: deadline)
    }

    func lookAtDeadline(_ now: NIODeadline) {
        if let bodyDeadline, bodyDeadline <= now {
            self.bodyDeadline = nil
            bodyIsLate()
        }
        guard let writeDeadline, writeDeadline <= now, let body else { return }
        self.writeDeadline = nil
        if body.queuedBytes == 0 || body.sentBytes != sentBytesThen { return awaitWrite() }
        resumeWriter(throwing: TransportError(.writeTimedOut, .downstream, "the client takes in nothing"))
        session.reset(number, .cancel)
    }

    private func bodyIsLate() {
        if case .streaming = input {
            failBody(TransportError(.deadlineExceeded, .downstream, "the client sends its body too slowly"))
        } else if case .collecting = input {
            request = nil
            reject(.requestTimeout)
        }
    }
}
