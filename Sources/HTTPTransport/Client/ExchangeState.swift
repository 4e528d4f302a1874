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
    /// A part of the request's body is still to be sent.
    private(set) var isUploading = false
    /// Bytes of that body which are still to come; nil when its length is not known.
    private var missingBytes: Int?

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
        isUploading = false
    }

    /// A body follows the head that was sent.
    mutating func uploadBegan(length: Int?) {
        isUploading = true
        missingBytes = length
    }

    /// A part of the body is to be sent.
    mutating func partSent(_ count: Int) throws(TransportError) {
        guard let missingBytes else { return }
        guard count <= missingBytes else {
            throw TransportError(.requestBodyFailed, .gateway, "the request's body is longer than announced")
        }
        self.missingBytes = missingBytes - count
    }

    /// The body is complete.
    ///
    /// - Returns: whether it is framed by chunks, the last of which must follow.
    mutating func uploadEnded() throws(TransportError) -> Bool {
        if let missingBytes, missingBytes > 0 {
            throw TransportError(.requestBodyFailed, .gateway, "the request's body is shorter than announced")
        }
        isUploading = false
        return missingBytes == nil
    }

    /// Whether the body is framed by chunks.
    var isChunkedUpload: Bool { missingBytes == nil }

    /// Whether the connection can carry another exchange now that this one's response is complete.
    var isReusable: Bool { phase == .ended && isKeepAlive && !isUploading }

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
