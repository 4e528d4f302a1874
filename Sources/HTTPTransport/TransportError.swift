/// Why an exchange with a peer failed.
public struct TransportError: Error, Sendable {
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        enum Base: String, Hashable, Sendable {
            case connectFailed, connectionClosed, deadlineExceeded, responseTooLarge, malformedResponse, invalidMessage
            case messageTooLarge, handshakeRejected, protocolViolation, unsupported, alreadyAnswered, writeTimedOut
            case bindFailed, cancelled, shutDown, certificateRejected, tlsFailed, invalidConfiguration
            case requestBodyFailed, malformedContent
        }
        let base: Base

        /// No connection could be established: refused or unreachable.
        public static let connectFailed = Self(base: .connectFailed)
        /// The peer closed or reset the connection before the exchange was complete.
        public static let connectionClosed = Self(base: .connectionClosed)
        /// The exchange's deadline passed, or that of one of its phases; the message names which.
        public static let deadlineExceeded = Self(base: .deadlineExceeded)
        /// The response exceeds a bound: head, fields or the bytes that the caller wants to collect.
        public static let responseTooLarge = Self(base: .responseTooLarge)
        /// The peer's bytes are not valid HTTP.
        public static let malformedResponse = Self(base: .malformedResponse)
        /// What this process wants to send is not valid HTTP, for example a header value with a line break.
        public static let invalidMessage = Self(base: .invalidMessage)
        /// A WebSocket message exceeds the bound.
        public static let messageTooLarge = Self(base: .messageTooLarge)
        /// The server did not upgrade the connection to a WebSocket.
        public static let handshakeRejected = Self(base: .handshakeRejected)
        /// The peer broke the rules of WebSocket (RFC 6455) or of HTTP/2 (RFC 9113).
        public static let protocolViolation = Self(base: .protocolViolation)
        /// The URL asks for something that this version does not do.
        public static let unsupported = Self(base: .unsupported)
        /// The request has its answer already.
        public static let alreadyAnswered = Self(base: .alreadyAnswered)
        /// The peer took in nothing for the write timeout.
        public static let writeTimedOut = Self(base: .writeTimedOut)
        /// The listening socket could not be opened.
        public static let bindFailed = Self(base: .bindFailed)
        /// The caller's task was cancelled.
        public static let cancelled = Self(base: .cancelled)
        /// The client or server is shutting down.
        public static let shutDown = Self(base: .shutDown)
        /// The peer's certificate is not to be trusted; the message says why: expired, wrong host, self-signed,
        /// unknown issuer, revoked or otherwise.
        public static let certificateRejected = Self(base: .certificateRejected)
        /// No TLS connection came about, or it broke: the peer does not speak TLS, or not as it should.
        public static let tlsFailed = Self(base: .tlsFailed)
        /// A certificate, key or list of revocations that was configured cannot be read or used.
        public static let invalidConfiguration = Self(base: .invalidConfiguration)
        /// Content is not what its `content-encoding` says, is cut short, or has a coding that is unknown here.
        public static let malformedContent = Self(base: .malformedContent)

        /// What was to be sent as the request's body ended with an error; the request was broken off.
        public static let requestBodyFailed = Self(base: .requestBodyFailed)

        public var description: String { base.rawValue }
    }

    /// Whose fault it is.
    public enum Source: Sendable {
        /// The client of a server.
        case downstream
        /// The peer of a client.
        case upstream
        /// This process.
        case gateway
    }

    public let code: Code
    public let source: Source
    /// Whether the same request may succeed on another attempt.
    public let isRetryable: Bool
    public let message: String
    public let cause: (any Error)?

    init(_ code: Code, _ source: Source, isRetryable: Bool = false, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.source = source
        self.isRetryable = isRetryable
        self.message = message
        self.cause = cause
    }
}

extension TransportError: CustomStringConvertible {
    public var description: String {
        cause.map { "\(code): \(message) (\($0))" } ?? "\(code): \(message)"
    }
}
