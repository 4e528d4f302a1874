public import NIOCore
public import NIOHTTP1

/// One request to send. `host` is added when missing; `content-length` and `connection` are the client's own.
public struct HTTPClientRequest: Sendable {
    public var method: HTTPMethod
    /// Origin form, for example `/TextSynapse`.
    public var target: String
    public var headers: HTTPHeaders
    public var body: ByteBuffer

    public init(method: HTTPMethod, target: String, headers: HTTPHeaders = [:], body: ByteBuffer = ByteBuffer()) {
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
    }
}
