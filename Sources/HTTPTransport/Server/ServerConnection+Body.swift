import NIOCore
import NIOHTTP1

/// A body that the request's task reads while it arrives.
extension ServerConnection {
    /// Nothing can come in between but what was on its way when the client closed, which is then of no use.
    private static let mostBuffered = 256 * 1_024

    /// The body is awaited from now on, unless it already is.
    func timeBody() {
        guard !isBodyTimed else { return }
        isBodyTimed = true
        pace.wait(from: .now())
        setDeadline(pace.deadline)
    }

    func attachBody(limit: Int, coding: ContentCoding, owesContinue: Bool) -> HTTPBodyStream {
        let stream = HTTPBodyStream(loop: loop, maximumBytes: limit, coding: coding)
        self.owesContinue = owesContinue
        stream.onWaiting = { self.bodyAwaited() }
        stream.onConsumed = { _ in self.resumeReading() }
        bodyStream = stream
        return stream
    }

    /// The request has its answer: nobody reads on.
    func detachBody() {
        guard let stream = bodyStream else { return }
        bodyStream = nil
        isBodyAwaited = false
        owesContinue = false
        // These keep the connection.
        stream.onWaiting = nil
        stream.onConsumed = nil
        stream.fail(AnswerState.alreadyAnswered)
    }

    func bodyReceived(_ bytes: ByteBuffer) {
        guard let bodyStream else { return }
        owesContinue = false
        bodyArrived()
        bodyStream.received(bytes)
        if bodyStream.bufferedBytes > Self.mostBuffered { bodyBroke(Self.clientLeft) }
    }

    func bodyEnded(_ trailers: HTTPHeaders) {
        bodyArrived()
        bodyStream?.finish(trailers: trailers)
    }

    private func bodyArrived() {
        guard isBodyAwaited else { return }
        isBodyAwaited = false
        pace.pause(at: .now())
        if isWritable { setDeadline(nil) }
    }

    /// The task waits for the client, which may wait for its leave (RFC 9110, section 10.1.1).
    private func bodyAwaited() {
        isBodyAwaited = true
        if owesContinue {
            owesContinue = false
            if !answer.hasStarted { giveContinue() }
        }
        pace.wait(from: .now())
        if isWritable { setDeadline(pace.deadline) }
        resumeReading()
    }

    func giveContinue() {
        let line = ByteBuffer(staticString: "HTTP/1.1 100 Continue\r\n\r\n")
        context?.writeAndFlush(wrapOutboundOut(line), promise: nil)
    }

    /// No more of the body comes, and nothing behind it.
    func bodyBroke(_ error: TransportError) {
        isBodyAwaited = false
        reader.abandon()
        answer.closeAfterwards()
        bodyStream?.fail(error)
    }
}
