import NIOCore
import NIOHTTP1

/// What an exchange asks for; on the loop.
extension ClientConnection: ClientExchange {
    func send(_ request: HTTPClientRequest, _ deadlines: ExchangeDeadlines, _ continuation: HeadContinuation) {
        guard state.phase == .leased, let context else {
            let error = failure ?? Self.closedEarly(nil)
            let isUnanswered = error.code == .connectionClosed || error.code == .malformedResponse
            return continuation.resume(throwing: isUnanswered ? Unanswered(cause: error) : error)
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
        self.deadlines = deadlines
        if let stream = request.stream {
            state.upload.begin(length: stream.length)
            enter(.upload)
            context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
            return
        }
        enter(.firstByte)
        if isSmall {
            bytes.writeImmutableBuffer(request.body)
        } else {
            context.write(wrapOutboundOut(bytes), promise: nil)
            bytes = request.body
        }
        context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
    }

    func sendPart(_ bytes: ByteBuffer, _ number: Int, _ continuation: UnsafeContinuation<Void, any Error>) {
        guard number == exchangeNumber, pool != nil, state.upload.isUnderWay, let context else {
            return continuation.resume(throwing: failure ?? Self.exchangeOver)
        }
        // An empty chunk would be the last one.
        guard bytes.readableBytes > 0 else { return continuation.resume() }
        do {
            try state.upload.sent(bytes.readableBytes)
        } catch {
            continuation.resume(throwing: error)
            return fail(error)
        }
        if state.phase == .awaitingHead { enter(.upload) }
        if state.upload.isChunked {
            context.write(
                wrapOutboundOut(ByteBuffer(string: "\(String(bytes.readableBytes, radix: 16))\r\n")), promise: nil)
        }
        context.write(wrapOutboundOut(bytes), promise: nil)
        let end = state.upload.isChunked ? ByteBuffer(staticString: "\r\n") : ByteBuffer()
        let taken = loop.makePromise(of: Void.self)
        taken.futureResult.whenComplete { result in
            switch result {
            case .success:
                if number == self.exchangeNumber, self.state.phase == .awaitingHead { self.enter(.upload) }
                continuation.resume()
            case .failure(let error):
                continuation.resume(throwing: self.failure ?? Self.closedEarly(error))
            }
        }
        context.writeAndFlush(wrapOutboundOut(end), promise: taken)
    }

    func endUpload(_ number: Int) {
        guard number == exchangeNumber, pool != nil, state.upload.isUnderWay else { return }
        do {
            try state.upload.end()
            if state.upload.isChunked {
                context?.writeAndFlush(wrapOutboundOut(ByteBuffer(staticString: "0\r\n\r\n")), promise: nil)
            }
            if state.phase == .awaitingHead { enter(.firstByte) }
        } catch {
            fail(error)
        }
    }

    func stopUpload(_ number: Int) {
        guard number == exchangeNumber, state.upload.isUnderWay else { return }
        fail(TransportError(.cancelled, .gateway, "the response was left before the request's end"))
    }

    func fail(_ error: TransportError, exchange number: Int) {
        if number == exchangeNumber { fail(error) }
    }
}
