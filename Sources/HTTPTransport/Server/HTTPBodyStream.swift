public import NIOCore
public import NIOHTTP1

/// A request's body while it arrives.
///
/// What nobody has asked for is held back at the client, but for a bounded rest. Used by one task, on the connection's
/// loop; the connection feeds it there too.
///
/// `@unchecked Sendable`: touched on the loop only.
public final class HTTPBodyStream: @unchecked Sendable {
    private let loop: any EventLoop
    private var parts = CircularBuffer<ByteBuffer>()
    private var end: Result<HTTPHeaders, TransportError>?
    private var waiter: UnsafeContinuation<ByteBuffer?, any Error>?
    /// Bytes that have arrived and are not read yet.
    private(set) var bufferedBytes = 0
    /// Called with the count of bytes whenever the reader has taken some; the connection lets as many follow.
    var onConsumed: ((Int) -> Void)?

    init(loop: any EventLoop) {
        self.loop = loop
    }

    /// Fields that the client sent behind the body; empty before the end.
    public var trailers: HTTPHeaders {
        guard case .success(let trailers) = end else { return [:] }
        return trailers
    }

    /// The next piece of the body; nil at its end.
    ///
    /// - Throws: ``TransportError`` with code `connectionClosed` once the client left, `messageTooLarge` above the
    ///   limit, `deadlineExceeded` when the client sends too slowly, `cancelled`.
    public func next() async throws -> ByteBuffer? {
        loop.preconditionInEventLoop()
        if let part = take() { return part }
        if let end { return try Self.ended(end) }
        return try await withTaskCancellationHandler {
            try await withUnsafeThrowingContinuation { continuation in
                precondition(waiter == nil, "two tasks read one body")
                waiter = continuation
            }
        } onCancel: {
            // Queued behind the operation above, which runs on this loop: the waiter is there by then.
            loop.execute {
                self.fail(TransportError(.cancelled, .gateway, "the request's task was cancelled"))
            }
        }
    }

    private func take() -> ByteBuffer? {
        guard let part = parts.popFirst() else { return nil }
        bufferedBytes -= part.readableBytes
        onConsumed?(part.readableBytes)
        return part
    }

    private static func ended(_ end: Result<HTTPHeaders, TransportError>) throws(TransportError) -> ByteBuffer? {
        switch end {
        case .success: nil
        case .failure(let error): throw error
        }
    }

    // MARK: What the connection feeds

    func received(_ bytes: ByteBuffer) {
        guard end == nil, bytes.readableBytes > 0 else { return }
        if let waiter {
            self.waiter = nil
            onConsumed?(bytes.readableBytes)
            return waiter.resume(returning: bytes)
        }
        parts.append(bytes)
        bufferedBytes += bytes.readableBytes
    }

    func finish(trailers: HTTPHeaders = [:]) {
        guard end == nil else { return }
        end = .success(trailers)
        waiter?.resume(returning: nil)
        waiter = nil
    }

    func fail(_ error: TransportError) {
        guard end == nil else { return }
        end = .failure(error)
        parts.removeAll()
        bufferedBytes = 0
        waiter?.resume(throwing: error)
        waiter = nil
    }
}
