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
    /// Nil where the body is passed on as it came.
    private let decoder: ContentDecoder?
    private var isEmpty = true

    /// - Parameter decompressionLimit: bytes of the body once it is decompressed; nil leaves it as it came.
    init(
        _ head: HTTPResponseHead, on lease: ConnectionPool.Lease, decompressionLimit: Int?
    ) throws(TransportError) {
        status = head.status
        exchange = lease.exchange
        number = lease.number
        guard let decompressionLimit else {
            headers = head.headers
            decoder = nil
            return
        }
        let coding: ContentCoding
        do {
            coding = try ContentCoding.stated(in: head.headers)
        } catch {
            throw Self.refusal(error)
        }
        guard coding != .identity else {
            headers = head.headers
            decoder = nil
            return
        }
        var headers = head.headers
        headers.remove(name: "content-encoding")
        headers.remove(name: "content-length")
        self.headers = headers
        decoder = ContentDecoder(coding, maximumBytes: decompressionLimit)
    }

    /// The next piece of the body, as much as has arrived; nil at the end. What is not asked for stays with the peer.
    ///
    /// - Throws: ``TransportError`` with code `connectionClosed`, `deadlineExceeded`, `malformedResponse`,
    ///   `responseTooLarge` or `cancelled`.
    public mutating func next() async throws -> ByteBuffer? {
        guard let decoder else { return try await nextAsItCame() }
        while true {
            if let piece = try decompress({ () throws(ContentCodingFault) in try decoder.next() }) { return piece }
            guard let bytes = try await nextAsItCame() else {
                // Servers state a coding for what is empty anyway, too.
                if !isEmpty { try decompress { () throws(ContentCodingFault) in try decoder.finish() } }
                return nil
            }
            isEmpty = false
            try decompress { () throws(ContentCodingFault) in try decoder.give(bytes) }
        }
    }

    private mutating func nextAsItCame() async throws -> ByteBuffer? {
        switch try await nextPart() {
        case .bytes(let bytes):
            return bytes
        case .end(let trailers):
            self.trailers = trailers
            return nil
        }
    }

    private func decompress<R>(_ work: () throws(ContentCodingFault) -> R) throws(TransportError) -> R {
        do {
            return try work()
        } catch {
            throw Self.refusal(error)
        }
    }

    private static func refusal(_ fault: ContentCodingFault) -> TransportError {
        switch fault {
        case .malformed:
            TransportError(.malformedResponse, .upstream, isRetryable: true, "the body is not compressed as stated")
        case .unsupported:
            TransportError(.malformedResponse, .upstream, isRetryable: true, "the body's coding was not asked for")
        case .tooLarge:
            TransportError(.responseTooLarge, .upstream, "the body's decompressed size exceeds the bounds")
        case .outOfMemory:
            TransportError(.responseTooLarge, .gateway, "no memory to decompress the body")
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
