import NIOCore

/// What an exchange asks for; on the loop. Each stream carries one, so that its number tells nothing.
extension HTTP2ClientStream: ClientExchange {
    func send(_ request: HTTPClientRequest, _ deadlines: ExchangeDeadlines, _ continuation: HeadContinuation) {
        if let failure { return continuation.resume(throwing: failure) }
        if let failure = connection.failure {
            let isOurs = failure.code == .shutDown
            return continuation.resume(throwing: isOurs ? failure : Unanswered(cause: failure, wasRefused: true))
        }
        guard state.phase == .leased, !isReleased else { return continuation.resume(throwing: Self.exchangeOver) }
        guard connection.session.mayOpenStreams else {
            return continuation.resume(throwing: Unanswered(cause: Self.closedEarly(nil), wasRefused: true))
        }
        do {
            try connection.submit(self, request)
        } catch {
            return continuation.resume(throwing: error)
        }
        headWaiter = continuation
        state.requestSent(request.method)
        self.deadlines = deadlines
        if let stream = request.stream {
            state.upload.begin(length: stream.length)
            enter(.upload)
        } else {
            enter(.firstByte)
        }
        connection.send()
    }

    func sendPart(_ bytes: ByteBuffer, _ number: Int, _ continuation: UnsafeContinuation<Void, any Error>) {
        guard !isReleased, !isBroken, state.upload.isUnderWay, let body else {
            return continuation.resume(throwing: failure ?? Self.exchangeOver)
        }
        do {
            try state.upload.sent(bytes.readableBytes)
        } catch {
            continuation.resume(throwing: error)
            return fail(error)
        }
        if state.phase == .awaitingHead { enter(.upload) }
        body.append(bytes)
        uploadWaiter = continuation
        body.isAwaited = body.queuedBytes > HTTP2OutboundBody.highWater
        let isTaken = !body.isAwaited
        connection.session.resume(body, on: self.number)
        connection.send()
        if isTaken { outputDrained() }
    }

    func endUpload(_ number: Int) {
        guard !isReleased, !isBroken, state.upload.isUnderWay, let body else { return }
        do {
            try state.upload.end()
        } catch {
            return fail(error)
        }
        body.end()
        if state.phase == .awaitingHead { enter(.firstByte) }
        connection.session.resume(body, on: self.number)
        connection.send()
    }

    func stopUpload(_ number: Int) {
        guard !isReleased, state.upload.isUnderWay else { return }
        fail(TransportError(.cancelled, .gateway, "the response was left before the request's end"))
    }

    func fail(_ error: TransportError, exchange number: Int) {
        if !isReleased { fail(error) }
    }
}
