import NIOCore
import NIOHTTP1

/// Puts a connection's parts together to requests within bounds.
///
/// NIO's decoder has checked the syntax; this checks what the parts mean together.
struct RequestReader {
    /// A complete request.
    struct Received {
        var head: HTTPRequestHead
        var body: ByteBuffer
        var isKeepAlive: Bool
        var receivedAt: ContinuousClock.Instant
    }

    enum Action {
        case none
        /// The client waits for leave to send its body.
        case sendContinue
        case complete(Received)
        /// Answer with this status and close: the rest of the input means nothing any more.
        case reject(HTTPResponseStatus)
    }

    private enum Phase { case head, body, rejected }

    private let maximumBodyBytes: Int
    private let maximumTargetBytes: Int
    private var phase = Phase.head
    private var current: Received?
    private var declaredBytes = 0

    init(maximumBodyBytes: Int, maximumTargetBytes: Int) {
        self.maximumBodyBytes = maximumBodyBytes
        self.maximumTargetBytes = maximumTargetBytes
    }

    /// Whether a head was read and its body is awaited.
    var isInBody: Bool { phase == .body }

    mutating func received(_ part: HTTPServerRequestPart) -> Action {
        switch (phase, part) {
        case (.head, .head(let head)):
            return headReceived(head)
        case (.body, .body(let bytes)):
            return bodyReceived(bytes)
        case (.body, .end):
            guard let received = current else { return reject(.badRequest) }
            current = nil
            phase = .head
            return .complete(received)
        case (.rejected, _):
            return .none
        case (.head, _), (.body, .head):
            return reject(.badRequest)
        }
    }

    private mutating func headReceived(_ head: HTTPRequestHead) -> Action {
        if head.uri.utf8.count > maximumTargetBytes { return reject(.uriTooLong) }
        let summary = RequestHeadSummary(head)
        if let status = summary.fault { return reject(status) }
        if summary.contentLength > maximumBodyBytes { return reject(.payloadTooLarge) }
        declaredBytes = summary.contentLength
        phase = .body
        current = Received(
            head: head, body: ByteBuffer(), isKeepAlive: head.isKeepAlive && !summary.mayUpgrade, receivedAt: .now)
        return summary.expectsContinue ? .sendContinue : .none
    }

    private mutating func bodyReceived(_ bytes: ByteBuffer) -> Action {
        let count = current?.body.readableBytes ?? 0
        guard bytes.readableBytes <= maximumBodyBytes - count else { return reject(.payloadTooLarge) }
        if count == 0 {
            // The common case: the body came in one piece and needs no copy.
            current?.body = bytes
        } else {
            current?.body.reserveCapacity(declaredBytes)
            current?.body.writeImmutableBuffer(bytes)
        }
        return .none
    }

    private mutating func reject(_ status: HTTPResponseStatus) -> Action {
        phase = .rejected
        current = nil
        return .reject(status)
    }
}
