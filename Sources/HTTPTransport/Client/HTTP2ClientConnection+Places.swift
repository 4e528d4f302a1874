import NIOCore

/// What the pool lends: places for streams, and an end to lending.
extension HTTP2ClientConnection {
    /// Whether the connection carries exchanges.
    var isUsable: Bool { pool != nil && context?.channel.isActive == true }

    /// Whether it can carry one more.
    var hasRoom: Bool {
        guard let pool, isUsable, !isRetired, session.mayOpenStreams else { return false }
        let limit = hasSettings ? session.peerStreamLimit : pool.expectedStreams
        return places < min(configuration.http2.maximumConcurrentStreams, limit)
    }

    /// Takes a place for one exchange.
    func lease() -> ConnectionPool.Lease {
        places += 1
        idleDeadline = nil
        let stream = HTTP2ClientStream(on: self, freeInfos.popLast() ?? ConnectionInfo(.http2, id: id))
        return ConnectionPool.Lease(exchange: stream, number: 0, isReused: hasAnswered)
    }

    /// An exchange is over on both sides, and so is its stream.
    ///
    /// - Parameter isClean: whether the server is surely done with the request.
    func freed(_ info: ConnectionInfo, isClean: Bool) {
        guard let pool else { return }
        places -= 1
        // A request that was broken off may still be looked at when the place's next one arrives.
        if isClean { freeInfos.append(info) }
        if !session.mayOpenStreams { retire() }
        guard !isRetired else { return endIfRetired() }
        pool.hasRoom(self)
        if places == 0 { pool.becameIdle(self) }
    }

    /// Takes no further streams; those on it go on.
    func retire() {
        guard !isRetired else { return }
        isRetired = true
        pool?.retired(self)
        endIfRetired()
    }

    private func endIfRetired() {
        guard isRetired, places == 0 else { return }
        fail(TransportError(.connectionClosed, .gateway, "the connection takes no further requests"))
    }
}
