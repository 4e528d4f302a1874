import NIOCore

/// A connection of a pool, whatever it speaks.
protocol PooledConnection: AnyObject {
    /// Closes it; every exchange on it ends with `error`.
    func fail(_ error: TransportError)
}

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
    private var open: [ObjectIdentifier: any PooledConnection] = [:]
    /// Those of HTTP/1.1 that are free, the most recently used last.
    private var idle: [ClientConnection] = []
    /// Those of HTTP/2 that take further streams.
    private var shared: [HTTP2ClientConnection] = []
    /// What new connections speak.
    private var version: HTTPTarget.Version
    /// Whether one connection may serve everybody, so that a second one is opened only when the first is full. It is
    /// taken to until the target shows that it speaks HTTP/1.1.
    private var mayShare: Bool
    /// How many streams a new connection is taken to allow before its SETTINGS come: as many as the last one did.
    private(set) var expectedStreams = 1
    /// Open ones, with those that are being opened.
    private var connections = 0
    private var connecting = 0
    private var waiters = CircularBuffer<Waiter>(initialCapacity: 2)
    private var waiting = 0
    private var connectTimeout: Duration

    init(_ target: HTTPTarget, in pool: ConnectionPool) {
        self.target = target
        self.pool = pool
        connectTimeout = pool.configuration.timeouts.connect
        version = pool.configuration.http2.isEnabled && !pool.needsHTTP1(target) ? target.version : .http1
        mayShare = version == .http2 || (version == .negotiated && target.tls != nil)
    }

    // MARK: Leases

    /// A connection, or a place on one, that is free now.
    func takeFree() -> ConnectionPool.Lease? {
        while let connection = idle.popLast() {
            if connection.isUsable {
                return ConnectionPool.Lease(exchange: connection, number: connection.lease(), isReused: true)
            }
        }
        return shared.first { $0.hasRoom }?.lease()
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

    /// An exchange is over and its HTTP/1.1 connection may carry another one.
    func released(_ connection: ClientConnection) {
        if pool.isShutDown { return connection.fail(ConnectionPool.shutDownError) }
        if let waiter = nextWaiter() { return give(connection, to: waiter, isReused: true) }
        keep(connection)
    }

    /// A connection is no more.
    func closed(_ connection: any PooledConnection) {
        guard open.removeValue(forKey: ObjectIdentifier(connection)) != nil else { return }
        connections -= 1
        idle.removeAll { $0 === connection }
        shared.removeAll { $0 === connection }
        if let connection = connection as? HTTP2ClientConnection, !connection.hasSettings, shared.isEmpty {
            // It was to be shared.
            failWaiters(connection.failure ?? Self.closedEarly)
        }
        connectIfNeeded()
        forgetIfUnused()
    }

    func shutDown(_ error: TransportError) {
        for connection in Array(open.values) { connection.fail(error) }
        failWaiters(error)
    }

    // MARK: Inside

    private func failWaiters(_ error: TransportError) {
        while let waiter = nextWaiter() { finish(waiter)?.resume(throwing: error) }
    }

    private func keep(_ connection: ClientConnection) {
        guard idle.count < pool.configuration.maximumIdleConnections else {
            return connection.fail(TransportError(.connectionClosed, .gateway, "enough connections are kept"))
        }
        connection.setDeadline(.after(pool.configuration.idleTimeout))
        idle.append(connection)
    }

    private func give(_ connection: ClientConnection, to waiter: Waiter, isReused: Bool) {
        let lease = ConnectionPool.Lease(exchange: connection, number: connection.lease(), isReused: isReused)
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

// MARK: - HTTP/2

extension TargetPool {
    /// A connection may take further streams.
    func hasRoom(_ connection: HTTP2ClientConnection) {
        while waiting > 0, !pool.isShutDown, connection.hasRoom, let waiter = nextWaiter() {
            finish(waiter)?.resume(returning: connection.lease())
        }
    }

    /// A connection's SETTINGS came.
    func learned(_ connection: HTTP2ClientConnection) {
        expectedStreams = max(1, connection.session.peerStreamLimit)
        hasRoom(connection)
        connectIfNeeded()
    }

    /// Nobody uses a connection.
    func becameIdle(_ connection: HTTP2ClientConnection) {
        guard shared.count(where: { $0.places == 0 }) <= pool.configuration.maximumIdleConnections else {
            return connection.fail(TransportError(.connectionClosed, .gateway, "enough connections are kept"))
        }
        connection.setIdleDeadline()
    }

    /// A connection takes no further streams, though those on it go on.
    func retired(_ connection: HTTP2ClientConnection) {
        shared.removeAll { $0 === connection }
        connectIfNeeded()
    }

    /// The server answers over HTTP/1.1 only, whatever it chose by ALPN.
    func needsHTTP1() {
        guard version == .negotiated else { return }
        pool.rememberHTTP1(target)
        version = .http1
        mayShare = false
    }
}

// MARK: - Connecting

extension TargetPool {
    private func connectIfNeeded() {
        while waiting > connecting, connections < pool.configuration.maximumConnections {
            // One that is new may have room for all once its SETTINGS come.
            if mayShare && (connecting > 0 || shared.contains { !$0.hasSettings }) { return }
            connections += 1
            connecting += 1
            connect()
        }
    }

    private func connect() {
        let loop = pool.executor.loop
        let configuration = pool.configuration
        var target = target
        target.version = version
        let opened = Opened()
        pool.connector.connect(to: target, on: loop, within: connectTimeout) { version, channel in
            let pipeline = channel.pipeline.syncOperations
            switch version {
            case .http1:
                let connection = ClientConnection(on: loop, configuration: configuration, pool: self)
                opened.connection = connection
                try pipeline.addHandlers([ByteToMessageHandler(connection.decoder), connection])
            case .http2:
                let connection = try HTTP2ClientConnection(on: loop, configuration: configuration, pool: self)
                opened.connection = connection
                try pipeline.addHandler(connection)
            }
        }.whenComplete { result in
            self.connecting -= 1
            switch result {
            case .success: self.connected(opened.connection)
            case .failure(let error): self.failed(error)
            }
        }
    }

    /// What the connector's handlers were.
    ///
    /// `@unchecked Sendable`: touched on the loop only.
    private final class Opened: @unchecked Sendable {
        var connection: (any PooledConnection)?
    }

    private func connected(_ connection: (any PooledConnection)?) {
        guard let connection else { return failed(Self.closedEarly) }
        open[ObjectIdentifier(connection)] = connection
        if pool.isShutDown { return connection.fail(ConnectionPool.shutDownError) }
        switch connection {
        case let connection as ClientConnection:
            mayShare = false
            guard connection.isUsable else { return closed(connection) }
            if let waiter = nextWaiter() { give(connection, to: waiter, isReused: false) } else { keep(connection) }
        case let connection as HTTP2ClientConnection:
            guard connection.isUsable else { return closed(connection) }
            shared.append(connection)
            connection.setSetupDeadline(connectTimeout)
            hasRoom(connection)
            if connection.places == 0 { becameIdle(connection) }
        default:
            break
        }
        connectIfNeeded()
    }

    private func failed(_ error: any Error) {
        connections -= 1
        let error = error as? TransportError ?? Self.closedEarly
        if mayShare && shared.isEmpty {
            failWaiters(error)
        } else if let waiter = nextWaiter() {
            finish(waiter)?.resume(throwing: error)
        }
        connectIfNeeded()
        forgetIfUnused()
    }

    private static let closedEarly = TransportError(
        .connectionClosed, .upstream, isRetryable: true, "the peer closed the new connection")
}
