import NIOCore
import NIOHTTP1

/// How a connection ends, and when: by refusal, after its last answer, cut off, or by its deadline.
extension ServerConnection {
    /// Answers what is no acceptable request, and closes.
    func reject(_ status: HTTPResponseStatus) {
        answer = AnswerState(method: .GET, version: .http1_1, isKeepAlive: false)
        phase = .answering
        requestNumber &+= 1
        giveError(status)
        linger()
    }

    /// Sends what is written, tells the client that nothing follows, and waits for it to close.
    ///
    /// Closing at once while the client still sends would reset the connection and could destroy the answer on its way.
    func linger() {
        guard let context, phase != .closed else { return }
        phase = .lingering
        queue.removeAll()
        queueMemory.release()
        queuedFault = nil
        awaitWrite()
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.whenComplete { _ in
            guard self.phase == .lingering, let context = self.context else { return }
            self.unsentThen = 0
            self.setDeadline(after: .seconds(2))
            context.close(mode: .output, promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer()), promise: promise)
        resumeReading()
    }

    /// Cuts the connection in the middle of an answer, so that the client cannot take it for complete.
    func abort() {
        guard let context else { return }
        // Here a normal end of the connection is a normal end of the body; only a reset is not.
        if answer.endsByClosing { context.channel.resetOnClose() }
        context.close(promise: nil)
    }

    /// The server stops: an idle connection ends, a busy one ends after its answer.
    func drain() {
        switch phase {
        case .reading where incoming == nil: linger()
        case .answering: answer.closeAfterwards()
        case .upgraded: webSocket?.handler.goAway()
        default: break
        }
    }

    func expire() {
        guard phase == .answering else { return }
        answer.closeAfterwards()
        task?.cancel()
    }

    /// The server's patience is over.
    func cut() {
        task?.cancel()
        context?.close(promise: nil)
        webSocket?.handler.channel?.close(promise: nil)
    }
}

extension ServerConnection: NIOScheduledCallbackHandler {
    func setDeadline(after duration: Duration?) {
        setDeadline(duration.map { .after($0) })
    }

    func setDeadline(_ deadline: NIODeadline?) {
        timer.set(deadline, on: loop, for: self)
    }

    func handleScheduledCallback(eventLoop: some EventLoop) {
        if timer.fired(on: loop, for: self) { expired() }
    }

    /// The client must take in more within the write timeout.
    func awaitWrite() {
        unsentThen = context?.channel.unsentBytes ?? 0
        setDeadline(after: configuration.writeTimeout)
    }

    /// Whether the client has taken in enough since the deadline was set.
    private var isTakingIn: Bool {
        guard let context, unsentThen > 0 else { return false }
        return unsentThen - context.channel.unsentBytes >= configuration.leastWrittenBytes
    }

    /// Whether enough of the body has come since the deadline was set.
    private var isPaceKept: Bool { pace.deadline.map { $0 > .now() } ?? false }

    private func expired() {
        switch phase {
        case .reading where isBodyTimed && isPaceKept, .answering where isBodyAwaited && isWritable && isPaceKept:
            setDeadline(pace.deadline)
        case .reading where reader.isInBody && incoming == nil:
            // The rest of a body whose request has its answer.
            linger()
        case .reading where reader.isInBody || hasPartialHead:
            reject(.requestTimeout)
        case .answering where isBodyAwaited && isWritable:
            bodyBroke(TransportError(.deadlineExceeded, .downstream, "the client sends its body too slowly"))
        case .answering where isTakingIn, .flushing where isTakingIn, .lingering where isTakingIn:
            awaitWrite()
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
