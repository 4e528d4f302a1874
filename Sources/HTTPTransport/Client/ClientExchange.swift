import NIOCore

/// What carries one request and its response: an HTTP/1.1 connection, or one stream of an HTTP/2 connection.
///
/// Used on the loop only, but for the constants. `number` tells an exchange from later ones on the same connection; of
/// one that is over nothing happens, or an error is thrown.
protocol ClientExchange: AnyObject, Sendable {
    var loop: any EventLoop { get }
    /// What the request may say; not shared with any other request in flight.
    var info: ConnectionInfo { get }

    /// Sends a request; the continuation gets the response's head, or ``Unanswered``.
    func send(_ request: HTTPClientRequest, _ deadlines: ExchangeDeadlines, _ continuation: HeadContinuation)

    /// Sends a part of a streamed request body; the continuation resumes once more may follow.
    func sendPart(_ bytes: ByteBuffer, _ number: Int, _ continuation: UnsafeContinuation<Void, any Error>)

    /// The streamed request body is complete.
    func endUpload(_ number: Int)

    /// Nobody waits for the rest of the streamed request body: where any is left, the exchange is broken off.
    func stopUpload(_ number: Int)

    /// What has arrived and is not yet taken; nil when nothing has.
    func takePart(_ number: Int) throws -> ResponsePart?

    /// Who waits for a part of the response.
    var partWaiter: PartContinuation? { get set }

    /// The exchange waits for something else from now on.
    func enter(_ phase: ExchangeDeadlines.Phase)

    /// Moves the exchange's deadline.
    func extendDeadline(_ deadline: NIODeadline, _ number: Int)

    /// Breaks the exchange off; whoever waits gets `error`.
    func fail(_ error: TransportError, exchange number: Int)

    /// The caller is done, whether the response is complete or not.
    func end(_ number: Int)
}

extension ClientExchange {
    /// What has arrived, once there is something.
    func nextPart(_ number: Int, _ continuation: PartContinuation) {
        do {
            if let part = try takePart(number) {
                continuation.resume(returning: part)
            } else {
                precondition(partWaiter == nil, "two tasks read one response")
                partWaiter = continuation
                enter(.idle)
            }
        } catch {
            continuation.resume(throwing: error)
        }
    }

    /// Gives whoever waits for a part what one read brought: all of it together.
    func servePartWaiter(_ number: Int) {
        guard let waiter = partWaiter else { return }
        do {
            guard let part = try takePart(number) else { return }
            partWaiter = nil
            enter(.total)
            waiter.resume(returning: part)
        } catch {
            partWaiter = nil
            waiter.resume(throwing: error)
        }
    }

    static func closedEarly(_ cause: (any Error)?) -> TransportError {
        TransportError(
            .connectionClosed, .upstream, isRetryable: true, "the peer closed the connection", cause: cause)
    }

    static var exchangeOver: TransportError {
        TransportError(.connectionClosed, .gateway, "the response is used after its exchange")
    }
}
