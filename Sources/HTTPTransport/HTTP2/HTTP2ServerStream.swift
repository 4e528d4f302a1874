import NIOCore
import NIOHTTP1

/// One stream of an HTTP/2 connection: a request in, its task, its answer out.
///
/// `@unchecked Sendable`: touched on the connection's event loop only. The request's task runs there too.
final class HTTP2ServerStream: @unchecked Sendable {
    /// What happens with the request's body.
    private enum Input {
        case collecting(BodyCollector)
        case streaming(HTTPBodyStream)
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
    private var pace: BodyPace
    private let bodyBytesThen: Int
    var memory: MemoryShare
    private(set) var acceptEncoding: String?
    private var owesContinue = false
    private var bodyDeadline: NIODeadline?
    private var writeDeadline: NIODeadline?
    private var sentBytesThen = 0
    private var emptiedThen = 0

    var session: HTTP2Session { connection.session }
    private var configuration: HTTPServerConfiguration { connection.configuration }

    init(_ number: Int32, on connection: HTTP2ServerConnection) {
        self.number = number
        self.connection = connection
        pace = BodyPace(connection.configuration)
        bodyBytesThen = connection.receivedBodyBytes
        memory = MemoryShare(of: connection.server.shared.memory)
    }

    // MARK: The request

    /// The request's head is complete.
    func received(_ block: HTTP2HeaderBlock) {
        let head = HTTP2RequestHead(block, maximumTargetBytes: configuration.maximumTargetBytes)
        answer = AnswerState(method: head.method, version: .http1_1, isKeepAlive: true)
        input = block.endsStream ? .ended : .unwanted
        if head.isMalformed { return session.reset(number, .protocolError) }
        if let status = head.fault { return reject(status) }
        let client = connection.origin.client(head.headers)
        var request = HTTPRequest(
            method: head.method, target: block.path, headers: head.headers, remoteAddress: client.address)
        request.isSecure = client.isSecure
        declaredBytes = head.contentLength
        acceptEncoding = head.acceptEncoding
        let reception = connection.server.shared.responder.reception(of: request)
        var coding = ContentCoding.identity
        if head.hasContentEncoding, reception != .refuse {
            do throws(ContentCodingFault) {
                coding = try BodyCollector.takeCoding(from: &request.headers)
            } catch {
                return reject(error.status)
            }
        }
        // Before the memory is asked for: a body that is too large at any time is no matter of load.
        let limit = reception.declaredLimit(or: configuration.maximumBodyBytes, coding: coding)
        if !block.endsStream, declaredBytes > limit { return reject(.payloadTooLarge) }
        let expected = block.endsStream ? 0 : reception.expectedBytes(of: declaredBytes, isChunked: declaredBytes == 0)
        guard memory.begin(bodyBytes: expected, headerBytes: block.bytes) else { return reject(.serviceUnavailable) }
        owesContinue = head.expectsContinue
        switch reception {
        case .collect:
            collect(request, upTo: configuration.maximumBodyBytes, coding, isComplete: block.endsStream)
        case .collectUpTo(let limit):
            collect(request, upTo: limit, coding, isComplete: block.endsStream)
        case .stream(let limit):
            stream(request, upTo: limit, coding, isComplete: block.endsStream)
        case .refuse:
            start(request)
        }
    }

    private func stream(_ request: HTTPRequest, upTo limit: Int, _ coding: ContentCoding, isComplete: Bool) {
        let stream = HTTPBodyStream(loop: loop, maximumBytes: limit, coding: coding)
        if isComplete {
            stream.finish()
        } else {
            stream.onConsumed = { [weak self] count in self?.consumed(count) }
            stream.onWaiting = { [weak self] in self?.bodyAwaited() }
            input = .streaming(stream)
        }
        var request = request
        request.bodyStream = stream
        start(request)
    }

    private func collect(_ request: HTTPRequest, upTo limit: Int, _ coding: ContentCoding, isComplete: Bool) {
        let collector = BodyCollector(maximumBytes: limit, declaredBytes: declaredBytes, coding: coding)
        if isComplete {
            do throws(ContentCodingFault) { try collector.finish() } catch { return reject(error.status) }
            return start(request)
        }
        self.request = request
        input = .collecting(collector)
        awaitBody()
        sendContinue()
    }

    /// The task waits for the client, which may wait for its leave.
    private func bodyAwaited() {
        guard case .streaming = input else { return }
        awaitBody()
        sendContinue()
        connection.send()
    }

    private func sendContinue() {
        guard owesContinue, !answer.hasStarted else { return }
        owesContinue = false
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
        pace.received(count)
        owesContinue = false
        switch input {
        case .collecting(var collector):
            consumed(count)
            // So that the collector has its bytes for itself.
            input = .unwanted
            do throws(ContentCodingFault) {
                try collector.received(bytes)
            } catch {
                request = nil
                return reject(error.status)
            }
            guard memory.grow(toBodyBytes: collector.body.readableBytes) else {
                request = nil
                return reject(.serviceUnavailable)
            }
            input = .collecting(collector)
        case .streaming(let stream):
            pause()
            stream.received(bytes)
        case .unwanted, .ended:
            consumed(count)
        }
    }

    /// The reader has taken up bytes: the client may send as many.
    private func consumed(_ count: Int) {
        let count = min(count, unconsumedBytes)
        unconsumedBytes -= count
        session.consume(count, on: number)
        if case .streaming(let stream) = input, stream.bufferedBytes == 0 { connection.send() }
    }

    /// The body is complete.
    func inputEnded(trailers: HTTPHeaders = [:]) {
        let last = input
        input = .ended
        pause()
        switch last {
        case .collecting(let collector):
            guard var request else { return }
            self.request = nil
            do throws(ContentCodingFault) { try collector.finish() } catch { return reject(error.status) }
            request.body = collector.body
            request.trailers = TrailerFields.acceptable(in: trailers)
            start(request)
        case .streaming(let stream):
            stream.finish(trailers: TrailerFields.acceptable(in: trailers))
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
            giveError(connection.server.status(unansweredFor: error))
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
        memory.release()
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

    /// The server's patience is over; the task may still say so to the client.
    func expire() {
        task?.cancel()
    }

    private func failBody(_ error: TransportError) {
        guard case .streaming(let stream) = input else { return }
        input = .unwanted
        stream.onConsumed = nil
        stream.onWaiting = nil
        stream.fail(error)
    }

    // MARK: Time

    /// The first moment at which something must have happened.
    var deadline: NIODeadline? {
        guard let bodyDeadline, let writeDeadline else { return bodyDeadline ?? writeDeadline }
        return min(bodyDeadline, writeDeadline)
    }

    private func awaitBody() {
        pace.wait(from: .now())
        bodyDeadline = pace.deadline
        if let bodyDeadline { connection.wake(at: bodyDeadline) }
    }

    private func pause() {
        pace.pause(at: .now())
        bodyDeadline = nil
    }

    /// The answer's bytes wait; they must move within the write timeout.
    func awaitWrite() {
        guard writeDeadline == nil, let body, body.queuedBytes > 0 else { return }
        let deadline = NIODeadline.after(configuration.writeTimeout)
        writeDeadline = deadline
        sentBytesThen = body.sentBytes
        emptiedThen = body.emptied
        connection.wake(at: deadline)
    }

    func lookAtDeadline(_ now: NIODeadline) {
        if let bodyDeadline, bodyDeadline <= now {
            pace.received(inAll: connection.receivedBodyBytes &- bodyBytesThen)
            self.bodyDeadline = pace.deadline
            // Unless enough of it has come since.
            if pace.deadline.map({ $0 <= now }) ?? false { bodyIsLate() }
        }
        guard let writeDeadline, writeDeadline <= now, let body else { return }
        self.writeDeadline = nil
        if body.emptied != emptiedThen || body.sentBytes - sentBytesThen >= configuration.leastWrittenBytes {
            return awaitWrite()
        }
        resumeWriter(throwing: TransportError(.writeTimedOut, .downstream, "the client takes in nothing"))
        session.reset(number, .cancel)
    }

    private func bodyIsLate() {
        pause()
        if case .streaming = input {
            failBody(TransportError(.deadlineExceeded, .downstream, "the client sends its body too slowly"))
        } else if case .collecting = input {
            request = nil
            reject(.requestTimeout)
        }
    }
}
