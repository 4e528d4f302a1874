public import NIOCore
public import NIOHTTP1

/// One response, its body still arriving.
public struct HTTPClientResponse {
    public let status: HTTPResponseStatus
    /// As they came, but without `content-encoding` and `content-length` where the body is decompressed.
    public let headers: HTTPHeaders
    /// Fields that followed the body; empty before its end.
    public private(set) var trailers: HTTPHeaders = [:]
    private let exchange: any ClientExchange
    private let number: Int

    init(_ head: HTTPResponseHead, on lease: ConnectionPool.Lease) {
        status = head.status
        headers = head.headers
        exchange = lease.exchange
        number = lease.number
    }

    /// The next piece of the body, as much as has arrived; nil at the end. What is not asked for stays with the peer.
    ///
    /// - Throws: ``TransportError`` with code `connectionClosed`, `deadlineExceeded`, `malformedResponse`,
    ///   `responseTooLarge` or `cancelled`.
    public mutating func next() async throws -> ByteBuffer? {
        switch try await nextPart() {
        case .bytes(let bytes):
            return bytes
        case .end(let trailers):
            self.trailers = trailers
            return nil
        }
    }

    private func nextPart() async throws -> ResponsePart {
        let exchange = exchange
        let number = number
        if exchange.loop.inEventLoop, let part = try exchange.takePart(number) { return part }
        return try await withUnsafeThrowingContinuation { continuation in
            exchange.loop.runInLoop { exchange.nextPart(number, continuation) }
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
    /// byte may take. It reaches no further than the exchange's total timeout.
    public func extendDeadline(to deadline: ContinuousClock.Instant) {
        let (exchange, number) = (exchange, number)
        exchange.loop.runInLoop { exchange.extendDeadline(NIODeadline(deadline), number) }
    }

    private func tooLarge(_ maximumBytes: Int) -> TransportError {
        TransportError(.responseTooLarge, .upstream, "the response's body exceeds \(maximumBytes) bytes")
    }
}
