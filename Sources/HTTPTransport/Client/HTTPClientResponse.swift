public import NIOCore
public import NIOHTTP1

/// One response, its body still arriving.
public struct HTTPClientResponse {
    public let status: HTTPResponseStatus
    public let headers: HTTPHeaders
    private let connection: ClientConnection
    private let exchangeNumber: Int

    init(_ head: HTTPResponseHead, on lease: ConnectionPool.Lease) {
        status = head.status
        headers = head.headers
        connection = lease.connection
        exchangeNumber = lease.exchangeNumber
    }

    /// The next piece of the body, as much as has arrived; nil at the end. What is not asked for stays with the peer.
    ///
    /// - Throws: ``TransportError`` with code `connectionClosed`, `deadlineExceeded`, `malformedResponse` or `cancelled`.
    public mutating func next() async throws -> ByteBuffer? {
        let connection = connection
        let number = exchangeNumber
        if connection.loop.inEventLoop, let part = try connection.takePart(number) { return part }
        return try await withUnsafeThrowingContinuation { continuation in
            connection.loop.runInLoop { connection.nextPart(number, continuation) }
        }
    }

    /// The rest of the body.
    ///
    /// - Throws: ``TransportError`` with code `responseTooLarge` above `maximumBytes`, or as ``next()``.
    public mutating func collect(upTo maximumBytes: Int) async throws -> ByteBuffer {
        guard var body = try await next() else { return ByteBuffer() }
        guard body.readableBytes <= maximumBytes else { throw tooLarge(maximumBytes) }
        while let part = try await next() {
            guard part.readableBytes <= maximumBytes - body.readableBytes else { throw tooLarge(maximumBytes) }
            body.writeImmutableBuffer(part)
        }
        return body
    }

    /// Sets a new deadline for what is left of the exchange: a stream that has begun may last longer than its first
    /// byte may take.
    public func extendDeadline(to deadline: ContinuousClock.Instant) {
        let (connection, number) = (connection, exchangeNumber)
        connection.loop.runInLoop { connection.extendDeadline(NIODeadline(deadline), exchange: number) }
    }

    private func tooLarge(_ maximumBytes: Int) -> TransportError {
        TransportError(.responseTooLarge, .upstream, "the response's body exceeds \(maximumBytes) bytes")
    }
}
