import NIOHTTP1

/// How far the answer to one request has come, and how its body is delimited.
struct AnswerState {
    /// What marks the end of the body.
    enum Framing: Equatable {
        case length(Int)
        case chunked
        case untilClose
        /// The status forbids a body.
        case none
    }

    /// What to do with one part of a body.
    enum BodyAction: Equatable { case frame, sendRaw, drop }

    private enum Phase: Equatable {
        case waiting
        case streaming(Framing)
        case finished
    }

    private let isHead: Bool
    let isOldVersion: Bool
    /// Whether the connection can carry another request afterwards.
    private(set) var isKeepAlive: Bool
    private var phase = Phase.waiting

    init(method: HTTPMethod, version: HTTPVersion, isKeepAlive: Bool) {
        isHead = method == .HEAD
        isOldVersion = version.minor == 0
        self.isKeepAlive = isKeepAlive
    }

    var hasStarted: Bool { phase != .waiting }
    var isFinished: Bool { phase == .finished }
    /// Whether closing the connection now would look like a clean end of the body.
    var endsByClosing: Bool { phase == .streaming(.untilClose) }

    /// The connection will not be kept; takes effect when the head is not yet written.
    mutating func closeAfterwards() {
        isKeepAlive = false
    }

    /// The whole answer is given.
    mutating func whole(
        _ status: HTTPResponseStatus, bytes: Int
    ) throws(TransportError) -> (framing: Framing, sendsBody: Bool) {
        try begin(status)
        phase = .finished
        let mayHaveBody = status.mayHaveResponseBody
        return (mayHaveBody ? .length(bytes) : .none, mayHaveBody && !isHead)
    }

    /// A streamed answer starts.
    mutating func start(_ status: HTTPResponseStatus) throws(TransportError) -> Framing {
        try begin(status)
        let framing: Framing = !status.mayHaveResponseBody ? .none : isOldVersion ? .untilClose : .chunked
        if framing == .untilClose { isKeepAlive = false }
        phase = .streaming(framing)
        return framing
    }

    /// A part of a streamed body is given.
    func chunk() throws(TransportError) -> BodyAction {
        guard case .streaming(let framing) = phase else { throw Self.alreadyAnswered }
        if isHead { return .drop }
        return framing == .chunked ? .frame : framing == .untilClose ? .sendRaw : .drop
    }

    /// A streamed answer ends.
    ///
    /// - Returns: whether the last chunk must be written.
    mutating func finish() throws(TransportError) -> Bool {
        guard case .streaming(let framing) = phase else { throw Self.alreadyAnswered }
        phase = .finished
        return framing == .chunked && !isHead
    }

    private func begin(_ status: HTTPResponseStatus) throws(TransportError) {
        guard phase == .waiting else { throw Self.alreadyAnswered }
        guard (200...999).contains(status.code) else {
            throw TransportError(.invalidMessage, .gateway, "status \(status.code) is not a final one")
        }
    }

    static let alreadyAnswered = TransportError(
        .alreadyAnswered, .gateway, "the request has its answer, or a streamed one was not started")
}
