import NIOCore
import NIOHTTP1

/// The reading side: from the decoder's parts to a request's task and its end.
extension ServerConnection {
    func received(_ part: HTTPServerRequestPart) {
        if case .body(let bytes) = part { pace.received(bytes.readableBytes) }
        switch reader.received(part) {
        case .none:
            // Nothing of a body that is thrown away is held.
            guard incoming != nil else { return }
            guard memory.grow(toBodyBytes: reader.collectedBytes) else {
                reader.abandon()
                return reject(.serviceUnavailable)
            }
        case .head(let head):
            headReceived(head)
        case .collected(let body, let trailers):
            guard let incoming else { return }
            self.incoming = nil
            incoming.request.body = body
            if !trailers.isEmpty { incoming.request.trailers = trailers }
            begin(incoming)
        case .streamed(let bytes):
            bodyReceived(bytes)
        case .streamEnded(let trailers):
            bodyEnded(trailers)
        case .discarded:
            if phase == .reading { becomeReading() }
        case .reject(let status):
            reject(status)
        }
    }

    private func headReceived(_ head: RequestReader.Head) {
        let client = origin.client(head.head.headers)
        var request = HTTPRequest(
            method: head.head.method, target: head.head.uri, headers: head.head.headers, remoteAddress: client.address,
            receivedAt: head.receivedAt)
        request.isSecure = client.isSecure
        let isUpgrade = head.summary.mayUpgrade && server.shared.webSocket != nil
        let reception = isUpgrade ? .collect : server.shared.responder.reception(of: request)
        var coding = ContentCoding.identity
        if head.summary.hasContentEncoding, reception != .refuse {
            do throws(ContentCodingFault) {
                coding = try BodyCollector.takeCoding(from: &request.headers)
            } catch {
                reader.abandon()
                return reject(error.status)
            }
        }
        pace = BodyPace(configuration)
        let start = reader.receive(reception, coding: coding)
        // Before the memory is asked for: a body that is too large at any time is no matter of load.
        if case .reject(let status) = start { return reject(status) }
        guard memory.begin(bodyBytes: head.summary.expectedBytes(reception), headerBytes: head.summary.bytes) else {
            reader.abandon()
            return reject(.serviceUnavailable)
        }
        switch start {
        case .later(let sendContinue):
            incoming = IncomingRequest(request, head)
            if sendContinue { giveContinue() }
        case .now:
            if case .stream(let limit) = reception {
                let stream = attachBody(limit: limit, coding: coding, owesContinue: head.summary.expectsContinue)
                request.bodyStream = stream
            }
            begin(IncomingRequest(request, head))
        case .reject:
            break
        }
    }

    private func begin(_ incoming: IncomingRequest) {
        let head = incoming.head
        hasPartialHead = false
        isBodyTimed = false
        setDeadline(nil)
        if head.summary.mayUpgrade, server.shared.webSocket != nil, let upgrade = WebSocketUpgrade(head.head) {
            return self.upgrade(upgrade)
        }
        // An unwanted body is waited for only when it is soon over.
        let isKeepAlive = head.isKeepAlive && !server.isDraining && (bodyStream != nil || reader.isRestSmall)
        answer = AnswerState(method: incoming.request.method, version: head.head.version, isKeepAlive: isKeepAlive)
        phase = .answering
        requestNumber &+= 1
        pendingHead = nil
        let number = requestNumber
        let writer = HTTPResponseWriter(
            self, requestNumber: number, compression: server.compression(accepting: head.summary.acceptEncoding))
        start(incoming, number, writer)
    }

    private func start(_ incoming: IncomingRequest, _ number: Int, _ writer: sending HTTPResponseWriter) {
        // Cancelled by `close` and `cut`. Its first part runs here and now; it continues on this loop.
        let task = Task.immediate(executorPreference: server.executor) {
            do {
                try await self.server.shared.responder.respond(to: incoming.request, writer: writer)
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
        detachBody()
        if let error { server.shared.noteUnanswered(error) }
        if !answer.hasStarted {
            giveError(server.status(unansweredFor: error))
        }
        guard answer.isFinished else { return abort() }
        if !answer.isKeepAlive || server.isDraining || !reader.isRestSmall {
            return linger()
        }
        reader.discardRest()
        if context.channel.isWritable {
            becomeReading()
        } else {
            phase = .flushing
            awaitWrite()
        }
    }

    /// The next request may begin.
    func becomeReading() {
        memory.release()
        if server.isDraining { return linger() }
        phase = .reading
        isBodyTimed = false
        setDeadline(after: configuration.idleTimeout)
        guard !queue.isEmpty || queuedFault != nil || isReadHeldBack else { return }
        // Not at once: this may run inside the last request's task, whose local values the next one must not see.
        server.executor.loop.execute { self.takeQueued() }
    }

    private func takeQueued() {
        while phase == .reading || (phase == .answering && reader.isInBody), let part = queue.popFirst() {
            received(part)
        }
        if queue.isEmpty { queueMemory.release() }
        guard phase == .reading else { return resumeReading() }
        if let fault = queuedFault {
            queuedFault = nil
            return reject(fault)
        }
        if reader.isInBody { timeBody() }
        resumeReading()
    }
}
