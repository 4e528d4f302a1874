public import NIOCore
public import NIOHTTP1

/// One request to send. `host` is added when missing; `content-length` and `connection` are the client's own.
public struct HTTPClientRequest: Sendable {
    /// A body that is made while it is sent, as fast as the peer takes it.
    public struct Stream: Sendable {
        /// Bytes in all; nil when not known beforehand. More or fewer break the request off.
        public var length: Int?
        /// The next piece; nil at the end. Called by one task, which is cancelled when nobody wants more.
        public var next: @Sendable () async throws -> ByteBuffer?

        public init(length: Int? = nil, next: @escaping @Sendable () async throws -> ByteBuffer?) {
            self.length = length
            self.next = next
        }
    }

    public var method: HTTPMethod
    /// Origin form, for example `/TextSynapse`.
    public var target: String
    public var headers: HTTPHeaders
    public var body: ByteBuffer
    /// Sent instead of `body`. Such a request is never sent a second time.
    public var stream: Stream?
    /// Asks for a compressed response, unless `headers` ask already, and decompresses what comes. Otherwise a
    /// response's body is passed on as it came.
    public var acceptsCompression = false

    public init(method: HTTPMethod, target: String, headers: HTTPHeaders = [:], body: ByteBuffer = ByteBuffer()) {
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
    }

    public init(method: HTTPMethod, target: String, headers: HTTPHeaders = [:], stream: Stream) {
        self.init(method: method, target: target, headers: headers)
        self.stream = stream
    }
}
