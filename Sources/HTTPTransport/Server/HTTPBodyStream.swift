public import NIOCore
public import NIOHTTP1

/// A request's body while it arrives, decompressed.
///
/// What nobody has asked for is held back at the client, but for a bounded rest. Used by one task, on the connection's
/// loop; the connection feeds it there too.
///
/// `@unchecked Sendable`: touched on the loop only.
public final class HTTPBodyStream: @unchecked Sendable {
    /// Pieces that are smaller are put together, so that what waits costs little more than its bytes.
    private static let smallPiece = 512

    private let loop: any EventLoop
    private let maximumBytes: Int
    private let decoder: ContentDecoder?
    private var receivedBytes = 0
    private var parts = CircularBuffer<ByteBuffer>(initialCapacity: 2)
    private var end: Result<HTTPHeaders, TransportError>?
    private var waiter: UnsafeContinuation<Void, Never>?
    /// Bytes that have arrived and are not read yet.
    private(set) var bufferedBytes = 0
    /// Called with the count of bytes whenever the reader has taken some, or they were dropped; the connection lets as
    /// many follow.
    var onConsumed: ((Int) -> Void)?
    /// Called when the reader waits for the client.
    var onWaiting: (() -> Void)?

    /// - Parameters:
    ///   - maximumBytes: of the body, once decompressed.
    ///   - coding: what the client compressed the body with.
    init(loop: any EventLoop, maximumBytes: Int = .max, coding: ContentCoding = .identity) {
        self.loop = loop
        self.maximumBytes = maximumBytes
        decoder = coding == .identity ? nil : ContentDecoder(coding, maximumBytes: maximumBytes)
    }

    /// Fields that the client sent behind the body; empty before the end.
    public var trailers: HTTPHeaders {
        guard case .success(let trailers) = end else { return [:] }
        return trailers
    }

    /// The next piece of the body; nil at its end.
    ///
    /// - Throws: ``TransportError`` with code `connectionClosed` once the client left, `messageTooLarge` above the
    ///   limit, `malformedContent` when the body is not compressed as its head says, `deadlineExceeded` when the client
    ///   sends too slowly, `cancelled`. Thrown on before the answer has started, these become 400, 408 or 413.
    public func next() async throws -> ByteBuffer? {
        loop.preconditionInEventLoop()
        while true {
            if let part = try take() { return part }
            switch end {
            case .success: return nil
            case .failure(let error): throw error
            case nil: await wait()
            }
        }
    }

    private func wait() async {
        onWaiting?()
        await withTaskCancellationHandler {
            await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
                precondition(waiter == nil, "two tasks read one body")
                if end != nil || !parts.isEmpty { return continuation.resume() }
                waiter = continuation
            }
        } onCancel: {
            // Queued behind the operation above, which runs on this loop: the waiter is there by then.
            loop.execute {
                self.fail(TransportError(.cancelled, .gateway, "the request's task was cancelled"))
            }
        }
    }

    private func take() throws(TransportError) -> ByteBuffer? {
        guard let decoder else { return takePart() }
        do throws(ContentCodingFault) {
            while true {
                if let piece = try decoder.next() { return piece }
                guard let part = takePart() else { break }
                try decoder.give(part)
            }
            if case .success = end { try decoder.finish() }
            return nil
        } catch {
            let error = error.error(.downstream)
            end = nil
            fail(error)
            throw error
        }
    }

    private func takePart() -> ByteBuffer? {
        guard let part = parts.popFirst() else { return nil }
        bufferedBytes -= part.readableBytes
        onConsumed?(part.readableBytes)
        return part
    }

    // MARK: What the connection feeds

    func received(_ bytes: ByteBuffer) {
        guard bytes.readableBytes > 0 else { return }
        receivedBytes += bytes.readableBytes
        if decoder == nil, receivedBytes > maximumBytes { fail(ContentCodingFault.tooLarge.error(.downstream)) }
        guard end == nil else {
            onConsumed?(bytes.readableBytes)
            return
        }
        if bytes.readableBytes < Self.smallPiece, let last = parts.indices.last,
            parts[last].readableBytes < Self.smallPiece
        {
            parts[last].writeImmutableBuffer(bytes)
        } else {
            parts.append(bytes)
        }
        bufferedBytes += bytes.readableBytes
        resume()
    }

    func finish(trailers: HTTPHeaders = [:]) {
        guard end == nil else { return }
        end = .success(trailers)
        resume()
    }

    func fail(_ error: TransportError) {
        guard end == nil else { return }
        end = .failure(error)
        let dropped = bufferedBytes
        parts.removeAll()
        bufferedBytes = 0
        if dropped > 0 { onConsumed?(dropped) }
        resume()
    }

    private func resume() {
        waiter?.resume()
        waiter = nil
    }
}
