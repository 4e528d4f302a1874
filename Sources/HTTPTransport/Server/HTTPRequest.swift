public import NIOCore
public import NIOHTTP1

/// One request as a server received it: within the server's bounds, framing already removed.
public struct HTTPRequest: Sendable {
    public var method: HTTPMethod
    /// The request target as it came, for example `/v1/models?limit=3`.
    public var target: String
    /// The target up to the first `?`, still percent-encoded; for the absolute form without scheme and authority.
    public var path: String
    /// What follows the first `?`, still percent-encoded; nil without one.
    public var query: String?
    /// With HTTP/2 `:authority` is `host` here, and names are lower case.
    public var headers: HTTPHeaders
    /// The whole body; empty when there was none, or when ``HTTPResponder/reception(of:)`` chose otherwise.
    public var body: ByteBuffer
    /// The body while it arrives, when ``HTTPResponder/reception(of:)`` chose ``BodyReception/stream(upTo:)``.
    public var bodyStream: HTTPBodyStream?
    /// Fields that the client sent behind a collected body. They are kept apart: none of them counts as a header.
    public var trailers: HTTPHeaders = [:]
    /// The client's IP address as text, without port: the peer's, or what a trusted proxy says. Empty when the peer
    /// came by a Unix socket and says nothing.
    public var remoteAddress: String
    /// Whether the client's own connection is encrypted, by TLS here or as a trusted proxy says.
    public var isSecure = false
    /// When the head was complete.
    public var receivedAt: ContinuousClock.Instant

    public init(
        method: HTTPMethod, target: String, headers: HTTPHeaders = [:], body: ByteBuffer = ByteBuffer(),
        remoteAddress: String = "", receivedAt: ContinuousClock.Instant = .now
    ) {
        self.method = method
        self.target = target
        (path, query) = Self.split(target)
        self.headers = headers
        self.body = body
        self.remoteAddress = remoteAddress
        self.receivedAt = receivedAt
    }

    private static func split(_ target: String) -> (path: String, query: String?) {
        let utf8 = target.utf8
        var start = utf8.startIndex
        if utf8.first != UInt8(ascii: "/"), let scheme = target.firstRange(of: "://") {
            // Absolute form (RFC 9112, section 3.2.2): the path starts after the authority.
            start =
                utf8[scheme.upperBound...].firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") }
                ?? utf8.endIndex
        }
        guard let mark = utf8[start...].firstIndex(of: UInt8(ascii: "?")) else {
            if start == utf8.startIndex { return (target, nil) }
            return (start == utf8.endIndex ? "/" : String(target[start...]), nil)
        }
        let path = start == mark ? "/" : String(target[start..<mark])
        return (path, String(target[utf8.index(after: mark)...]))
    }
}
