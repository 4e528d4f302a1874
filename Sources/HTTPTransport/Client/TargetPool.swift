import NIOCore

/// One client's connections to one target on one event loop, and who waits for them.
///
/// `@unchecked Sendable`: `target` is constant; everything else is touched on the loop only.
final class TargetPool: @unchecked Sendable {
    /// Somebody who waits for a connection.
    private final class Waiter {
        var continuation: UnsafeContinuation<ConnectionPool.Lease, any Error>?
        var timeout: Scheduled<Void>?

        init(_ continuation: UnsafeContinuation<ConnectionPool.Lease, any Error>) {
            self.continuation = continuation
        }
    }

    let target: HTTPTarget
    private let pool: ConnectionPool
    private var open: [ObjectIdentifier: ClientConnection] = [:]
    /// Those that are free, the most recently used last.
    private var idle: [ClientConnection] = []
    /// Open ones, with those that are being opened.
    private var connections = 0
    private var connecting = 0
    private var waiters = CircularBuffer<Waiter>()
    private var waiting = 0
    private var connectTimeout: Duration

    init(_ target: HTTPTarget, in pool: ConnectionPool) {
        self.target = target
        self.pool = pool
        connectTimeout = pool.configuration.timeouts.connect
    }

    // MARK: Leases

    /// A connection that is free now.
    func takeFree() -> ConnectionPool.Lease? {
        while let connection = idle.popLast() {
            if connection.isUsable {
                return ConnectionPool.Lease(connection: connection, number: connection.lease(), isReused: true)
            }
        }
        return nil
    }

    func wait(
        _ deadlines: ExchangeDeadlines, _ ticket: LeaseTicket,
        _ continuation: UnsafeContinuation<ConnectionPool.Lease, any Error>
    ) {
        let waiter = Waiter(continuation)
        waiter.timeout = pool.executor.loop.assumeIsolated().scheduleTask(deadline: deadlines.total) {
            self.giveUp(waiter, Self.late)
        }
        ticket.cancel = { self.giveUp(waiter, Self.cancelled) }
        connectTimeout = deadlines.timeouts.connect
        waiters.append(waiter)
        waiting += 1
        connectIfNeeded()
    }

    /// An exchange is over and its connection may carry another one.
    func released(_ connection: ClientConnection) {
        if pool.isShutDown { return connection.fail(ConnectionPool.shutDownError) }
        if let waiter = nextWaiter() { return give(connection, to: waiter, isReused: true) }
        keep(connection)
    }

    /// A connection is no more.
    func closed(_ connection: ClientConnection) {
        guard open.removeValue(forKey: ObjectIdentifier(connection)) != nil else { return }
        connections -= 1
        if let index = idle.firstIndex(where: { $0 === connection }) { idle.remove(at: index) }
        connectIfNeeded()
        forgetIfUnused()
    }

    func shutDown(_ error: TransportError) {
        for connection in Array(open.values) { connection.fail(error) }
        while let waiter = nextWaiter() { finish(waiter)?.resume(throwing: error) }
    }

    // MARK: Inside

    private func keep(_ connection: ClientConnection) {
        guard idle.count < pool.configuration.maximumIdleConnections else {
            return connection.fail(TransportError(.connectionClosed, .gateway, "enough connections are kept"))
        }
        connection.setDeadline(.after(pool.configuration.idleTimeout))
        idle.append(connection)
    }

    private func give(_ connection: ClientConnection, to waiter: Waiter, isReused: Bool) {
        let lease = ConnectionPool.Lease(connection: connection, number: connection.lease(), isReused: isReused)
        finish(waiter)?.resume(returning: lease)
    }

    /// Takes the first waiter that still waits out of the queue.
    private func nextWaiter() -> Waiter? {
        while let waiter = waiters.popFirst() {
            guard waiter.continuation != nil else { continue }
            waiting -= 1
            return waiter
        }
        return nil
    }

    private func giveUp(_ waiter: Waiter, _ error: TransportError) {
        guard let continuation = finish(waiter) else { return }
        waiting -= 1
        if waiting == 0 { waiters.removeAll() }
        forgetIfUnused()
        continuation.resume(throwing: error)
    }

    private func finish(_ waiter: Waiter) -> UnsafeContinuation<ConnectionPool.Lease, any Error>? {
        waiter.timeout?.cancel()
        waiter.timeout = nil
        defer { waiter.continuation = nil }
        return waiter.continuation
    }

    private func forgetIfUnused() {
        if connections == 0 && waiting == 0 { pool.forget(target) }
    }

    private static let late = TransportError(
        .deadlineExceeded, .upstream, isRetryable: true, "no connection before the deadline")
    static let cancelled = TransportError(.cancelled, .gateway, "the request's task was cancelled")
}

// MARK: - Connecting

extension TargetPool {
    private func connectIfNeeded() {
        while waiting > connecting, connections < pool.configuration.maximumConnections {
            connections += 1
            connecting += 1
            connect()
        }
    }

    private func connect() {
        let connection = ClientConnection(on: pool.executor.loop, configuration: pool.configuration, pool: self)
        pool.connector.connect(to: target, on: pool.executor.loop, within: connectTimeout) { channel in
            try channel.pipeline.syncOperations.addHandlers([ByteToMessageHandler(connection.decoder), connection])
        }.whenComplete { result in
            self.connecting -= 1
            switch result {
            case .success: self.connected(connection)
            case .failure(let error): self.failed(error)
            }
        }
    }

    private func connected(_ connection: ClientConnection) {
        open[ObjectIdentifier(connection)] = connection
        if pool.isShutDown { return connection.fail(ConnectionPool.shutDownError) }
        guard connection.isUsable else { return closed(connection) }
        if let waiter = nextWaiter() { give(connection, to: waiter, isReused: false) } else { keep(connection) }
    }

    private func failed(_ error: any Error) {
        connections -= 1
        if let waiter = nextWaiter() {
            finish(waiter)?.resume(throwing: error as? TransportError ?? Self.closedEarly)
        }
        connectIfNeeded()
        forgetIfUnused()
    }

    private static let closedEarly = TransportError(
        .connectionClosed, .upstream, isRetryable: true, "the peer closed the new connection")
}
