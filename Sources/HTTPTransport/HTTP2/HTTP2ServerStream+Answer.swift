import NIOCore
import NIOHTTP1

/// The writing side: what a request's task asks for through its writer. One request, so that its number says nothing.
extension HTTP2ServerStream: ResponseSink {
    var loop: any EventLoop { connection.server.executor.loop }

    private func check() throws(TransportError) {
        if isAbandoned && !answer.isFinished { throw ServerConnection.clientLeft }
    }

    func hasStarted(_ number: Int) -> Bool { answer.hasStarted }

    func isConnected(_ number: Int) -> Bool { !isAbandoned }

    /// Submits head and body together, so that they leave together.
    func giveWhole(
        _ status: HTTPResponseStatus, headers: HTTPHeaders, body: ByteBuffer, for _: Int
    ) throws(TransportError) {
        try check()
        var next = answer
        let (framing, sendsBody) = try next.whole(status, bytes: body.readableBytes)
        let length: Int? = if case .length(let count) = framing { count } else { nil }
        let outbound = sendsBody && body.readableBytes > 0 ? HTTP2OutboundBody(body, isEnded: true) : nil
        try submit(status, headers, length, outbound)
        answer = next
        isAnswerSubmitted = true
        connection.send()
        // Sending may have shown that the client is gone, and what the request held was given back.
        if !isClosed, !isWritable, let outbound { memory.add(outbound.queuedBytes) }
        awaitWrite()
    }

    /// Submits the head; it leaves with the first chunk, or with something that another stream sends.
    func giveStart(_ status: HTTPResponseStatus, headers: HTTPHeaders, for _: Int) throws(TransportError) {
        try check()
        var next = answer
        let framing = try next.start(status)
        let action = try next.chunk()
        let hasBody = framing != .none && action == .frame
        try submit(status, headers, nil, hasBody ? HTTP2OutboundBody() : nil)
        answer = next
        isAnswerSubmitted = !hasBody
    }

    func giveChunk(_ chunk: ByteBuffer, for _: Int) throws(TransportError) {
        try check()
        let action = try answer.chunk()
        if action != .drop, let body {
            body.append(chunk)
            session.resume(body, on: number)
        }
        connection.send()
        awaitWrite()
    }

    func giveEnd(trailers: HTTPHeaders, for _: Int) throws(TransportError) {
        try check()
        var next = answer
        _ = try next.finish()
        if let body {
            if !trailers.isEmpty { try session.check(trailers: trailers) }
            body.end(trailers: trailers.isEmpty ? nil : trailers)
            session.resume(body, on: number)
        }
        answer = next
        isAnswerSubmitted = true
        connection.send()
        awaitWrite()
    }

    private func submit(
        _ status: HTTPResponseStatus, _ headers: HTTPHeaders, _ length: Int?, _ body: HTTP2OutboundBody?
    ) throws(TransportError) {
        let date = connection.server.date.text(at: WallClock.unixSeconds())
        let head = HTTP2Session.OutboundHead(headers: headers, contentLength: length, date: date)
        try session.submitResponse(Int(status.code), head, body: body, on: number)
        self.body = body
    }

    /// Answers with the body that the configuration has for `status`.
    func giveError(_ status: HTTPResponseStatus) {
        let (headers, body) = connection.configuration.errorAnswer(status)
        do {
            try giveWhole(status, headers: headers, body: body, for: 0)
        } catch {
            try? giveWhole(status, headers: [:], body: ByteBuffer(), for: 0)
        }
    }

    /// Whether no more waits here than the client's windows and the socket will soon take.
    ///
    /// While the socket takes nothing, what waits in the channel is enough.
    var isWritable: Bool {
        let queued = body?.queuedBytes ?? 0
        return queued == 0 || (queued <= HTTP2OutboundBody.highWater && connection.context?.channel.isWritable ?? true)
    }

    /// Suspends until most of what was given has left.
    func waitUntilWritable() async throws {
        try await withTaskCancellationHandler {
            try await withUnsafeThrowingContinuation { (continuation: UnsafeContinuation<Void, any Error>) in
                if isAbandoned {
                    continuation.resume(throwing: ServerConnection.clientLeft)
                } else if isWritable {
                    continuation.resume()
                } else {
                    precondition(writeWaiter == nil, "two tasks write one answer")
                    body?.isAwaited = true
                    writeWaiter = continuation
                }
            }
        } onCancel: {
            // Queued behind the operation above, which runs on this loop: the waiter is there by then.
            loop.execute {
                self.resumeWriter(throwing: TransportError(.cancelled, .gateway, "the request's task was cancelled"))
            }
        }
    }

    func outputDrained() {
        resumeWriter()
    }

    func resumeWriter(throwing error: TransportError? = nil) {
        guard let waiter = writeWaiter else { return }
        writeWaiter = nil
        if let error { waiter.resume(throwing: error) } else { waiter.resume() }
    }
}
