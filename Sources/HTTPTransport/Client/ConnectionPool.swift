import NIOCore

/// A client's connections on one event loop.
///
/// `@unchecked Sendable`: the constants are; everything else is touched on the loop only.
final class ConnectionPool: @unchecked Sendable {
    /// A connection, or a stream of one, lent for one exchange.
    struct Lease: Sendable {
        let exchange: any ClientExchange
        let number: Int
        /// Whether the connection carried an exchange before, so that the peer may have closed it meanwhile.
        let isReused: Bool
    }

    let executor: LoopExecutor
    let configuration: HTTPClientConfiguration
    let connector: ClientConnector
    private(set) var isShutDown = false
    private var targets: [HTTPTarget: TargetPool] = [:]
    /// Those that chose HTTP/2 and then demanded HTTP/1.1.
    private var http1Targets: Set<HTTPTarget> = []
    private static let maximumHTTP1Targets = 256

    init(configuration: HTTPClientConfiguration, executor: LoopExecutor, connector: ClientConnector) {
        self.configuration = configuration
        self.executor = executor
        self.connector = connector
    }

    /// A place on a pooled connection, or on a new one; waits while the target has as many as it may.
    ///
    /// - Parameter isFresh: leaves pooled ones aside.
    /// - Throws: ``TransportError``, for example with code `connectFailed`, `deadlineExceeded` or `cancelled`.
    func lease(_ plan: ExchangePlan, isFresh: Bool) async throws -> Lease {
        let target = plan.target
        if executor.loop.inEventLoop, !isFresh, let lease = targets[target]?.takeFree() { return lease }
        let ticket = LeaseTicket()
        return try await withTaskCancellationHandler {
            try await withUnsafeThrowingContinuation { continuation in
                executor.loop.runInLoop {
                    if self.isShutDown { return continuation.resume(throwing: Self.shutDownError) }
                    if ticket.isCancelled.isSet { return continuation.resume(throwing: TargetPool.cancelled) }
                    let pool = self.pool(for: target)
                    if !isFresh, let lease = pool.takeFree() { return continuation.resume(returning: lease) }
                    pool.wait(plan.deadlines, ticket, continuation)
                }
            }
        } onCancel: {
            ticket.isCancelled.set()
            executor.loop.execute { ticket.cancel?() }
        }
    }

    /// Closes everything.
    func shutDown() {
        isShutDown = true
        for target in Array(targets.values) { target.shutDown(Self.shutDownError) }
    }

    /// Nothing is left of a target.
    func forget(_ target: HTTPTarget) {
        targets[target] = nil
    }

    /// Whether a target demanded HTTP/1.1, as far as that is remembered.
    func needsHTTP1(_ target: HTTPTarget) -> Bool { http1Targets.contains(target) }

    func rememberHTTP1(_ target: HTTPTarget) {
        if http1Targets.count >= Self.maximumHTTP1Targets { http1Targets = [] }
        http1Targets.insert(target)
    }

    private func pool(for target: HTTPTarget) -> TargetPool {
        if let pool = targets[target] { return pool }
        let pool = TargetPool(target, in: self)
        targets[target] = pool
        return pool
    }

    static let shutDownError = TransportError(.shutDown, .gateway, "the client is shut down")
}

/// What connects a cancelled task with its wait for a connection.
///
/// `@unchecked Sendable`: `cancel` is touched on the loop only.
final class LeaseTicket: @unchecked Sendable {
    let isCancelled = Flag()
    var cancel: (() -> Void)?
}
