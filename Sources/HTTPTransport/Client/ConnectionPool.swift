import NIOCore
import NIOPosix

/// A client's connections on one event loop.
///
/// `@unchecked Sendable`: `executor` and `configuration` are constant; everything else is touched on the loop only.
final class ConnectionPool: @unchecked Sendable {
    /// A connection lent for one exchange.
    struct Lease: Sendable {
        let connection: ClientConnection
        let exchangeNumber: Int
        /// Whether it carried an exchange before, so that the peer may have closed it meanwhile.
        let isReused: Bool
    }

    /// Somebody who waits for a connection.
    private final class Waiter {
        var continuation: UnsafeContinuation<Lease, any Error>?
        var timeout: Scheduled<Void>?

        init(_ continuation: UnsafeContinuation<Lease, any Error>) {
            self.continuation = continuation
        }
    }

    private struct Entry {
        /// The most recently used last.
        var idle: [ClientConnection] = []
        /// Open ones, with those that are being opened.
        var connections = 0
        var connecting = 0
        var waiters = CircularBuffer<Waiter>()
        var waiting = 0
    }

    let executor: LoopExecutor
    let configuration: HTTPClientConfiguration
    private var entries: [VettedAddress: Entry] = [:]
    private var open: [ObjectIdentifier: ClientConnection] = [:]
    private var isShutDown = false

    init(configuration: HTTPClientConfiguration, executor: LoopExecutor) {
        self.configuration = configuration
        self.executor = executor
    }

    /// A pooled connection, or a new one; waits while the address has as many as it may.
    ///
    /// - Parameter isFresh: leaves pooled ones aside.
    /// - Throws: ``TransportError`` with code `connectFailed`, `deadlineExceeded` or `cancelled`.
    func lease(
        to address: VettedAddress, deadline: ContinuousClock.Instant, isFresh: Bool
    ) async throws -> Lease {
        if executor.loop.inEventLoop, !isFresh, let lease = takeIdle(address) { return lease }
        let ticket = Ticket()
        return try await withTaskCancellationHandler {
            try await withUnsafeThrowingContinuation { continuation in
                executor.loop.runInLoop {
                    self.wait(address, deadline: deadline, isFresh: isFresh, ticket, continuation)
                }
            }
        } onCancel: {
            ticket.isCancelled.set()
            executor.loop.execute { ticket.cancel?() }
        }
    }

    /// What connects a cancelled task with its waiter.
    ///
    /// `@unchecked Sendable`: `cancel` is touched on the loop only.
    private final class Ticket: @unchecked Sendable {
        let isCancelled = Flag()
        var cancel: (() -> Void)?
    }

    private func wait(
        _ address: VettedAddress, deadline: ContinuousClock.Instant, isFresh: Bool, _ ticket: Ticket,
        _ continuation: UnsafeContinuation<Lease, any Error>
    ) {
        if isShutDown { return continuation.resume(throwing: Self.shutDownError) }
        if ticket.isCancelled.isSet { return continuation.resume(throwing: Self.cancelled) }
        if !isFresh, let lease = takeIdle(address) { return continuation.resume(returning: lease) }
        let waiter = Waiter(continuation)
        waiter.timeout = executor.loop.assumeIsolated().scheduleTask(deadline: NIODeadline(deadline)) {
            self.giveUp(waiter, address, Self.late)
        }
        ticket.cancel = { self.giveUp(waiter, address, Self.cancelled) }
        entries[address, default: Entry()].waiters.append(waiter)
        entries[address]?.waiting += 1
        connectIfNeeded(address)
    }

    private func takeIdle(_ address: VettedAddress) -> Lease? {
        while let connection = entries[address]?.idle.popLast() {
            if connection.isUsable {
                return Lease(connection: connection, exchangeNumber: connection.lease(), isReused: true)
            }
        }
        return nil
    }

    /// An exchange is over and its connection may carry another one.
    func released(_ connection: ClientConnection) {
        if isShutDown { return connection.fail(Self.shutDownError) }
        if let waiter = nextWaiter(connection.address) {
            return give(connection, to: waiter, isReused: true)
        }
        keep(connection)
    }

    /// A connection is no more.
    func closed(_ connection: ClientConnection) {
        guard open.removeValue(forKey: ObjectIdentifier(connection)) != nil else { return }
        entries[connection.address]?.connections -= 1
        if let index = entries[connection.address]?.idle.firstIndex(where: { $0 === connection }) {
            entries[connection.address]?.idle.remove(at: index)
        }
        connectIfNeeded(connection.address)
        forgetIfUnused(connection.address)
    }

    /// Closes everything.
    func shutDown() {
        isShutDown = true
        for connection in Array(open.values) { connection.fail(Self.shutDownError) }
        for address in Array(entries.keys) {
            while let waiter = nextWaiter(address) { finish(waiter)?.resume(throwing: Self.shutDownError) }
        }
    }

    // MARK: Inside

    private func keep(_ connection: ClientConnection) {
        guard (entries[connection.address]?.idle.count ?? 0) < configuration.maximumIdleConnections else {
            return connection.fail(TransportError(.connectionClosed, .gateway, "enough connections are kept"))
        }
        connection.setDeadline(.after(configuration.idleTimeout))
        entries[connection.address]?.idle.append(connection)
    }

    private func give(_ connection: ClientConnection, to waiter: Waiter, isReused: Bool) {
        let lease = Lease(connection: connection, exchangeNumber: connection.lease(), isReused: isReused)
        finish(waiter)?.resume(returning: lease)
    }

    /// Takes the first waiter that still waits out of the queue.
    private func nextWaiter(_ address: VettedAddress) -> Waiter? {
        while let waiter = entries[address]?.waiters.popFirst() {
            guard waiter.continuation != nil else { continue }
            entries[address]?.waiting -= 1
            return waiter
        }
        return nil
    }

    private func giveUp(_ waiter: Waiter, _ address: VettedAddress, _ error: TransportError) {
        guard let continuation = finish(waiter) else { return }
        entries[address]?.waiting -= 1
        if entries[address]?.waiting == 0 { entries[address]?.waiters.removeAll() }
        forgetIfUnused(address)
        continuation.resume(throwing: error)
    }

    private func finish(_ waiter: Waiter) -> UnsafeContinuation<Lease, any Error>? {
        waiter.timeout?.cancel()
        waiter.timeout = nil
        defer { waiter.continuation = nil }
        return waiter.continuation
    }

    private func forgetIfUnused(_ address: VettedAddress) {
        guard let entry = entries[address], entry.connections == 0, entry.waiting == 0 else { return }
        entries[address] = nil
    }

    private func connectIfNeeded(_ address: VettedAddress) {
        while let entry = entries[address], entry.waiting > entry.connecting,
            entry.connections < configuration.maximumConnections
        {
            entries[address]?.connections += 1
            entries[address]?.connecting += 1
            connect(address)
        }
    }

    private func connect(_ address: VettedAddress) {
        let loop = executor.loop
        guard let socketAddress = address.ip.socketAddress(port: address.port) else {
            return failed(address, TransportError(.connectFailed, .gateway, "not an address: \(address)"))
        }
        let connection = ClientConnection(to: address, on: loop, configuration: configuration, pool: self)
        ClientBootstrap(group: loop)
            .connectTimeout(TimeAmount(clamping: configuration.connectTimeout))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers([
                        ByteToMessageHandler(connection.decoder), connection,
                    ])
                }
            }
            .connect(to: socketAddress)
            .whenComplete { result in
                switch result {
                case .success: self.connected(connection)
                case .failure(let error):
                    self.failed(
                        address,
                        TransportError(
                            .connectFailed, .upstream, isRetryable: true, "cannot connect to \(address)", cause: error))
                }
            }
    }

    private func connected(_ connection: ClientConnection) {
        let address = connection.address
        entries[address]?.connecting -= 1
        open[ObjectIdentifier(connection)] = connection
        if isShutDown { return connection.fail(Self.shutDownError) }
        guard connection.isUsable else { return closed(connection) }
        if let waiter = nextWaiter(address) {
            give(connection, to: waiter, isReused: false)
        } else {
            keep(connection)
        }
    }

    private func failed(_ address: VettedAddress, _ error: TransportError) {
        entries[address]?.connecting -= 1
        entries[address]?.connections -= 1
        if let waiter = nextWaiter(address) { finish(waiter)?.resume(throwing: error) }
        connectIfNeeded(address)
        forgetIfUnused(address)
    }

    private static let late = TransportError(
        .deadlineExceeded, .upstream, isRetryable: true, "no connection before the deadline")
    private static let cancelled = TransportError(.cancelled, .gateway, "the request's task was cancelled")
    private static let shutDownError = TransportError(.shutDown, .gateway, "the client is shut down")
}
