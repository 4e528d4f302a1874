import NIOCore
import NIOHTTP1

/// Puts a connection's parts together to requests within bounds.
///
/// NIO's decoder has checked the syntax; this checks what the parts mean together. After a head the connection says
/// with ``receive(_:content:)`` what becomes of the body.
struct RequestReader {
    /// A head that is taken, its body not yet.
    struct Head {
        var head: HTTPRequestHead
        var summary: RequestHeadSummary
        var receivedAt: ContinuousClock.Instant
        var isKeepAlive: Bool { head.isKeepAlive && !summary.mayUpgrade }
    }

    enum Action {
        case none
        /// A head: the next call is ``receive(_:content:)``.
        case head(Head)
        /// A collected body is complete.
        case collected(ByteBuffer, trailers: HTTPHeaders)
        /// A piece of a streamed body.
        case streamed(ByteBuffer)
        case streamEnded(trailers: HTTPHeaders)
        /// A body that nobody wanted is over.
        case discarded
        /// Answer with this status and close: the rest of the input means nothing any more.
        case reject(HTTPResponseStatus)
    }

    /// What follows from how a body is received.
    enum Start: Equatable {
        /// The request is complete later; with `sendContinue` the client waits for leave to send its body.
        case later(sendContinue: Bool)
        /// The request starts now.
        case now
        case reject(HTTPResponseStatus)
    }

    private enum Phase { case head, undecided, collecting, streaming, discarding, rejected }

    /// A body that nobody wants is read all the same when it declares at most so many bytes: cheaper than another
    /// connection.
    static let smallRest = 64 * 1_024

    private let maximumBodyBytes: Int
    private let maximumTargetBytes: Int
    private var phase = Phase.head
    private var summary: RequestHeadSummary?
    private var collector = BodyCollector(maximumBytes: 0)

    init(maximumBodyBytes: Int, maximumTargetBytes: Int) {
        self.maximumBodyBytes = maximumBodyBytes
        self.maximumTargetBytes = maximumTargetBytes
    }

    /// Whether a head was read and its body is awaited.
    var isInBody: Bool {
        switch phase {
        case .head, .rejected: false
        case .undecided, .collecting, .streaming, .discarding: true
        }
    }

    mutating func received(_ part: HTTPServerRequestPart) -> Action {
        switch (phase, part) {
        case (.head, .head(let head)):
            return headReceived(head)
        case (.collecting, .body(let bytes)):
            do throws(ContentCodingFault) {
                try collector.received(bytes)
            } catch {
                return reject(error.status)
            }
            return .none
        case (.collecting, .end(let trailers)):
            return collected(trailers)
        case (.streaming, .body(let bytes)):
            return .streamed(bytes)
        case (.streaming, .end(let trailers)):
            phase = .head
            return .streamEnded(trailers: TrailerFields.acceptable(in: trailers))
        case (.discarding, .end):
            phase = .head
            return .discarded
        case (.discarding, .body), (.rejected, _):
            return .none
        case (.head, _), (.undecided, _), (_, .head):
            return reject(.badRequest)
        }
    }

    /// Says what becomes of the body whose head has arrived.
    ///
    /// - Parameter coding: what the body is compressed with.
    mutating func receive(_ reception: BodyReception, coding: ContentCoding) -> Start {
        guard case .undecided = phase, let summary else { return rejectStart(.badRequest) }
        let limit: Int
        switch reception {
        case .collect: limit = maximumBodyBytes
        case .collectUpTo(let bytes), .stream(let bytes): limit = bytes
        case .refuse: limit = .max
        }
        if summary.contentLength > limit { return rejectStart(.payloadTooLarge) }
        switch reception {
        case .collect, .collectUpTo:
            phase = .collecting
            collector = BodyCollector(maximumBytes: limit, declaredBytes: summary.contentLength, coding: coding)
            return .later(sendContinue: summary.expectsContinue)
        case .stream: phase = .streaming
        case .refuse: phase = .discarding
        }
        return .now
    }

    /// Bytes of the body that are held.
    var collectedBytes: Int { collector.body.readableBytes }

    /// Whether a body that is not read to its end is soon over, so that the connection can be kept.
    var isRestSmall: Bool {
        guard isInBody, let summary else { return phase == .head }
        // Without its leave a client may send the body or may not: the next bytes could be either.
        return !summary.isChunked && !summary.expectsContinue && summary.contentLength <= Self.smallRest
    }

    /// Nobody reads the rest of the body.
    mutating func discardRest() {
        if isInBody { phase = .discarding }
    }

    /// The input is no request any more.
    mutating func abandon() {
        phase = .rejected
        summary = nil
        collector = BodyCollector(maximumBytes: 0)
    }

    private mutating func headReceived(_ head: HTTPRequestHead) -> Action {
        if head.uri.utf8.count > maximumTargetBytes { return reject(.uriTooLong) }
        let summary = RequestHeadSummary(head)
        if let status = summary.fault { return reject(status) }
        phase = .undecided
        self.summary = summary
        return .head(Head(head: head, summary: summary, receivedAt: .now))
    }

    private mutating func collected(_ trailers: HTTPHeaders?) -> Action {
        phase = .head
        let finished = collector
        collector = BodyCollector(maximumBytes: 0)
        do throws(ContentCodingFault) {
            try finished.finish()
        } catch {
            return reject(error.status)
        }
        return .collected(finished.body, trailers: TrailerFields.acceptable(in: trailers))
    }

    private mutating func rejectStart(_ status: HTTPResponseStatus) -> Start {
        abandon()
        return .reject(status)
    }

    private mutating func reject(_ status: HTTPResponseStatus) -> Action {
        abandon()
        return .reject(status)
    }
}
