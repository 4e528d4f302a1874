public import NIOCore
public import NIOHTTP1

/// One response, its body still arriving.
public struct HTTPClientResponse {
    public let status: HTTPResponseStatus
    public let headers: HTTPHeaders

    init(status: HTTPResponseStatus, headers: HTTPHeaders) {
        self.status = status
        self.headers = headers
    }

    /// The next part of the body as it arrived, nil at its end. What is not asked for stays with the peer.
    ///
    /// - Throws: ``TransportError`` with code `connectionClosed`, `deadlineExceeded`, `malformedResponse` or `cancelled`.
    public mutating func next() async throws -> ByteBuffer? {
        fatalError("not yet")
    }

    /// The rest of the body.
    ///
    /// - Throws: ``TransportError`` with code `responseTooLarge` above `maximumBytes`; the connection is then closed.
    public mutating func collect(upTo maximumBytes: Int) async throws -> ByteBuffer {
        fatalError("not yet")
    }
}
