import NIOCore
import NIOHTTP1

/// The writing side: what a request's task asks for through its writer.
extension ServerConnection {
    /// Whether the writer of `number` may still write.
    private func check(_ number: Int) throws(TransportError) {
        guard number == requestNumber else { throw AnswerState.alreadyAnswered }
        if phase == .closed { throw Self.clientLeft }
        guard phase == .answering else { throw AnswerState.alreadyAnswered }
    }

    func hasStarted(_ number: Int) -> Bool {
        number != requestNumber || answer.hasStarted
    }

    func isConnected(_ number: Int) -> Bool {
        number == requestNumber && phase == .answering
    }

    /// Writes a whole answer with one flush.
    func giveWhole(
        _ status: HTTPResponseStatus, headers: HTTPHeaders, body: ByteBuffer, for number: Int
    ) throws(TransportError) {
        try check(number)
        var next = answer
        let (framing, sendsBody) = try next.whole(status, bytes: body.readableBytes)
        let isSmall = body.readableBytes <= ResponseEncoding.copyLimit
        var bytes = ByteBuffer()
        bytes.reserveCapacity(512 + (isSmall && sendsBody ? body.readableBytes : 0))
        try writeHead(status, headers, framing, isKeepAlive: next.isKeepAlive, to: &bytes)
        answer = next
        if !sendsBody || body.readableBytes == 0 {
            send(bytes)
        } else if isSmall {
            bytes.writeImmutableBuffer(body)
            send(bytes)
        } else {
            context?.write(wrapOutboundOut(bytes), promise: nil)
            send(body)
            // Sending may have shown that the client is gone, and what the request held was given back.
            if phase == .answering && !isWritable { memory.add(body.readableBytes) }
        }
    }

    /// Makes the head of a streamed answer, to be sent with the first chunk.
    func giveStart(_ status: HTTPResponseStatus, headers: HTTPHeaders, for number: Int) throws(TransportError) {
        try check(number)
        var next = answer
        let framing = try next.start(status)
        var bytes = ByteBuffer()
        bytes.reserveCapacity(1_024)
        try writeHead(status, headers, framing, isKeepAlive: next.isKeepAlive, to: &bytes)
        answer = next
        pendingHead = bytes
    }

    /// Writes a chunk behind the head, if that is not sent yet.
    func giveChunk(_ chunk: ByteBuffer, for number: Int) throws(TransportError) {
        try check(number)
        let action = try answer.chunk()
        var bytes = takePendingHead()
        let count = chunk.readableBytes
        if count == 0 || action == .drop {
            if bytes.readableBytes > 0 { send(bytes) }
            return
        }
        if action == .frame { ResponseEncoding.writeChunkSize(count, to: &bytes) }
        if count <= ResponseEncoding.copyLimit {
            bytes.writeImmutableBuffer(chunk)
            if action == .frame { bytes.writeStaticString("\r\n") }
            send(bytes)
        } else {
            if bytes.readableBytes > 0 { context?.write(wrapOutboundOut(bytes), promise: nil) }
            context?.write(wrapOutboundOut(chunk), promise: nil)
            if action == .frame {
                context?.write(wrapOutboundOut(ByteBuffer(staticString: "\r\n")), promise: nil)
            }
            context?.flush()
        }
    }

    /// Ends a streamed answer, with its head if that is not sent yet.
    func giveEnd(trailers: HTTPHeaders, for number: Int) throws(TransportError) {
        try check(number)
        var next = answer
        let hasTerminator = try next.finish()
        var bytes = pendingHead ?? ByteBuffer()
        if hasTerminator { try ResponseEncoding.writeLastChunk(trailers, to: &bytes) }
        answer = next
        pendingHead = nil
        if bytes.readableBytes > 0 { send(bytes) }
    }

    private func takePendingHead() -> ByteBuffer {
        let head = pendingHead ?? ByteBuffer()
        pendingHead = nil
        return head
    }

    /// Answers with the body that the configuration has for `status`.
    func giveError(_ status: HTTPResponseStatus) {
        let (headers, body) = configuration.errorAnswer(status)
        do {
            try giveWhole(status, headers: headers, body: body, for: requestNumber)
        } catch {
            try? giveWhole(status, headers: [:], body: ByteBuffer(), for: requestNumber)
        }
    }

    /// Whether the client keeps up with what is written.
    var isWritable: Bool { context?.channel.isWritable ?? true }

    /// Suspends until the client has taken in most of what was written.
    func waitUntilWritable() async throws {
        let number = requestNumber
        try await withTaskCancellationHandler {
            try await withUnsafeThrowingContinuation { (continuation: UnsafeContinuation<Void, any Error>) in
                if phase == .closed {
                    continuation.resume(throwing: Self.clientLeft)
                } else if isWritable {
                    continuation.resume()
                } else {
                    precondition(writeWaiter == nil, "two tasks write one answer")
                    writeWaiter = continuation
                }
            }
        } onCancel: {
            // Queued behind the operation above, which runs on this loop: the waiter is there by then.
            server.executor.loop.execute {
                guard self.requestNumber == number else { return }
                self.resumeWriter(throwing: TransportError(.cancelled, .gateway, "the request's task was cancelled"))
            }
        }
    }

    func resumeWriter(throwing error: TransportError? = nil) {
        guard let waiter = writeWaiter else { return }
        writeWaiter = nil
        if let error { waiter.resume(throwing: error) } else { waiter.resume() }
    }

    private func writeHead(
        _ status: HTTPResponseStatus, _ headers: HTTPHeaders, _ framing: AnswerState.Framing, isKeepAlive: Bool,
        to bytes: inout ByteBuffer
    ) throws(TransportError) {
        let head = ResponseEncoding.Head(
            status: status, headers: headers, framing: framing, isOldVersion: answer.isOldVersion,
            isKeepAlive: isKeepAlive, date: server.date.text(at: WallClock.unixSeconds()))
        try ResponseEncoding.write(head, to: &bytes)
    }

    private func send(_ bytes: ByteBuffer) {
        context?.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
    }
}
