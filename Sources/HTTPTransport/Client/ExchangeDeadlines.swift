import NIOCore

/// When one exchange has taken too long, and which of its phases did.
struct ExchangeDeadlines {
    enum Phase: Equatable {
        /// The body of the request is being sent.
        case upload
        /// The request is sent, the response's head is not there.
        case firstByte
        /// The caller waits for a byte of the response's body.
        case idle
        /// The peer is not waited for, or the exchange as a whole is the stricter bound.
        case total
    }

    let timeouts: HTTPTimeouts
    /// Beyond this no deadline can be moved.
    private let limit: NIODeadline
    private(set) var total: NIODeadline
    private(set) var phase = Phase.total

    /// - Parameter deadline: the caller's.
    init(_ timeouts: HTTPTimeouts, deadline: NIODeadline) {
        self.timeouts = timeouts
        limit = .after(timeouts.total)
        total = min(deadline, limit)
    }

    /// A phase begins, or the peer made progress in it.
    ///
    /// - Returns: when it has taken too long.
    mutating func entered(_ phase: Phase) -> NIODeadline {
        let due: NIODeadline
        switch phase {
        case .upload, .idle: due = .after(timeouts.idle)
        case .firstByte: due = .after(timeouts.firstByte)
        case .total: due = total
        }
        self.phase = due < total ? phase : .total
        return min(due, total)
    }

    /// The caller moves its deadline.
    ///
    /// - Returns: what the exchange's deadline is now, as long as nothing is waited for.
    mutating func extend(to deadline: NIODeadline) -> NIODeadline {
        total = min(deadline, limit)
        phase = .total
        return total
    }

    /// What the caller learns when the present phase has taken too long.
    var error: TransportError {
        let message =
            switch phase {
            case .upload: "the peer took none of the request's body within the body timeout"
            case .firstByte: "no response within the first-byte timeout"
            case .idle: "no byte of the body within the body timeout"
            case .total: "no complete response before the deadline"
            }
        return TransportError(.deadlineExceeded, .upstream, isRetryable: true, message)
    }
}
