import NIOHTTP1

/// How far one exchange on a client's connection has come.
struct ExchangeState {
    enum Phase: Equatable {
        /// In the pool.
        case idle
        /// Lent out, nothing sent yet.
        case leased
        case awaitingHead
        case streaming
        /// The response is complete.
        case ended
        case closed
    }

    enum HeadAction {
        /// Only a notice; the real head follows.
        case wait
        case accept(hasBody: Bool, contentLength: Int?)
        case fail(TransportError)
    }

    private(set) var phase = Phase.idle
    /// Whether the peer and the framing allow another exchange.
    private(set) var isKeepAlive = true
    private let maximumInformationalResponses: Int
    private var informationalResponses = 0
    private var isHead = false
    var upload = UploadState()

    init(maximumInformationalResponses: Int) {
        self.maximumInformationalResponses = maximumInformationalResponses
    }

    mutating func lease() {
        precondition(phase == .idle, "a busy connection was lent again")
        phase = .leased
    }

    mutating func release() {
        phase = .idle
    }

    mutating func requestSent(_ method: HTTPMethod) {
        phase = .awaitingHead
        isHead = method == .HEAD
        informationalResponses = 0
        upload = UploadState()
    }

    /// Whether the connection can carry another exchange now that this one's response is complete.
    var isReusable: Bool { phase == .ended && isKeepAlive && !upload.isUnderWay }

    mutating func closed() {
        phase = .closed
    }

    mutating func headReceived(_ head: HTTPResponseHead) -> HeadAction {
        guard phase == .awaitingHead else { return .fail(Self.unsolicited) }
        if head.status.code < 200 {
            guard head.status != .switchingProtocols else { return .fail(Self.malformed("101 without an upgrade")) }
            informationalResponses += 1
            // The count of bytes knows one head only.
            isKeepAlive = false
            let isStorm = informationalResponses > maximumInformationalResponses
            return isStorm ? .fail(Self.malformed("too many 1xx responses")) : .wait
        }
        phase = .streaming
        return framing(of: head)
    }

    /// - Returns: false when no response was expected.
    mutating func endReceived() -> Bool {
        guard phase == .streaming else { return false }
        phase = .ended
        return true
    }

    private mutating func framing(of head: HTTPResponseHead) -> HeadAction {
        let encodings = head.headers["transfer-encoding"]
        let lengths = head.headers["content-length"]
        let hasBody = !isHead && head.status.code != 204 && head.status.code != 304
        if let encoding = encodings.first {
            let isChunked = encodings.count == 1 && HTTPSyntax.equals(encoding, lowercase: "chunked")
            guard isChunked && lengths.isEmpty && head.version.minor > 0 else {
                return .fail(Self.malformed("the body's framing is ambiguous"))
            }
        }
        guard lengths.count <= 1 else { return .fail(Self.malformed("two lengths")) }
        var contentLength: Int?
        if let length = lengths.first {
            guard let count = Int(length), count >= 0 else { return .fail(Self.malformed("the length is no number")) }
            contentLength = count
        }
        if !head.isKeepAlive { isKeepAlive = false }
        if hasBody && encodings.isEmpty && lengths.isEmpty { isKeepAlive = false }
        return .accept(hasBody: hasBody, contentLength: contentLength)
    }

    static let unsolicited = malformed("a response that was not asked for")

    static func malformed(_ message: String) -> TransportError {
        TransportError(.malformedResponse, .upstream, isRetryable: true, message)
    }
}
