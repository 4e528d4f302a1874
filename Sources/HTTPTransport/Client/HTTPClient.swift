import NIOCore
import NIOHTTP1

/// An HTTP client for vetted addresses: HTTP/1.1 and HTTP/2, with TLS or without.
///
/// Connections are kept alive and pooled per event loop and target. It follows no redirect, keeps no cookie, and bounds
/// the bytes, fields and time of every response.
public final class HTTPClient: Sendable {
    let configuration: HTTPClientConfiguration
    private let loops: EventLoops
    private let pools: [ConnectionPool]

    public convenience init(configuration: HTTPClientConfiguration = HTTPClientConfiguration(), on loops: EventLoops) {
        self.init(configuration: configuration, on: loops, connector: ClientConnector())
    }

    init(configuration: HTTPClientConfiguration, on loops: EventLoops, connector: ClientConnector) {
        self.configuration = configuration
        self.loops = loops
        pools = loops.executors.map {
            ConnectionPool(configuration: configuration, executor: $0, connector: connector)
        }
    }

    /// Sends one request without TLS to `address`; as
    /// ``withResponse(from:deadline:timeouts:makeRequest:_:)-(HTTPTarget,_,_,_,_)``.
    public func withResponse<R>(
        from address: VettedAddress, deadline: ContinuousClock.Instant, timeouts: HTTPTimeouts? = nil,
        makeRequest: (ConnectionInfo) throws -> HTTPClientRequest,
        _ body: (inout HTTPClientResponse) async throws -> R
    ) async throws -> R {
        try await withResponse(
            from: HTTPTarget(address), deadline: deadline, timeouts: timeouts, makeRequest: makeRequest, body)
    }

    /// Sends one request and lends its response to `body`.
    ///
    /// The exchange runs on the caller's loop when it is on one of the client's. A clean end of the response returns the
    /// connection to the pool; leaving `body` earlier, an error and cancellation close it, or reset the stream of an
    /// HTTP/2 connection. When a reused connection turns out to be closed by the peer before any byte of a response, or
    /// the peer says that it did not begin with the request (five times at most), it is sent once more, made anew by
    /// `makeRequest`. A request whose body is a stream is not.
    ///
    /// - Parameters:
    ///   - deadline: for the whole exchange, connecting and `body` included.
    ///   - timeouts: for its phases; nil takes the configuration's.
    ///   - makeRequest: makes the request for the connection it will be sent on.
    /// - Throws: ``TransportError``, or what `makeRequest` and `body` throw.
    public func withResponse<R>(
        from target: HTTPTarget, deadline: ContinuousClock.Instant, timeouts: HTTPTimeouts? = nil,
        makeRequest: (ConnectionInfo) throws -> HTTPClientRequest,
        _ body: (inout HTTPClientResponse) async throws -> R
    ) async throws -> R {
        let plan = ExchangePlan(
            target, ExchangeDeadlines(timeouts ?? configuration.timeouts, deadline: NIODeadline(deadline)))
        if let executor = loops.current {
            return try await exchange(pool(on: executor), plan, makeRequest, body)
        }
        let executor = loops.next()
        return try await withTaskExecutorPreference(executor) {
            try await exchange(pool(on: executor), plan, makeRequest, body)
        }
    }

    /// Closes every connection; exchanges in flight fail with code `shutDown`.
    public func shutDown() async {
        for pool in pools {
            try? await pool.executor.loop.submit { pool.shutDown() }.get()
        }
    }

    private func pool(on executor: LoopExecutor) -> ConnectionPool {
        guard let pool = pools.first(where: { $0.executor === executor }) else {
            preconditionFailure("every loop has its pool")
        }
        return pool
    }
}

// MARK: - One exchange

/// What one call of the client is about.
struct ExchangePlan: Sendable {
    let target: HTTPTarget
    let deadlines: ExchangeDeadlines

    init(_ target: HTTPTarget, _ deadlines: ExchangeDeadlines) {
        self.target = target
        self.deadlines = deadlines
    }
}

extension HTTPClient {
    private func exchange<R>(
        _ pool: ConnectionPool, _ plan: ExchangePlan,
        _ makeRequest: (ConnectionInfo) throws -> HTTPClientRequest,
        _ body: (inout HTTPClientResponse) async throws -> R
    ) async throws -> R {
        var isFresh = false
        var refusals = 0
        while true {
            let lease = try await pool.lease(plan, isFresh: isFresh)
            do {
                return try await exchange(on: lease, plan, makeRequest, body)
            } catch let error as Unanswered {
                if error.wasRefused {
                    refusals += 1
                    guard refusals <= Self.maximumRefusals else { throw error.cause }
                } else {
                    guard lease.isReused && !isFresh else { throw error.cause }
                    isFresh = true
                }
            }
        }
    }

    /// How often a request is sent again that no server has begun with. One that ends its connections after a few
    /// requests refuses some of those that are on their way then.
    private static let maximumRefusals = 5

    private func exchange<R>(
        on lease: ConnectionPool.Lease, _ plan: ExchangePlan,
        _ makeRequest: (ConnectionInfo) throws -> HTTPClientRequest,
        _ body: (inout HTTPClientResponse) async throws -> R
    ) async throws -> R {
        let exchange = lease.exchange
        let number = lease.number
        defer { exchange.loop.runInLoop { exchange.end(number) } }
        return try await withTaskCancellationHandler {
            let request = try makeRequest(exchange.info)
            if let stream = request.stream { return try await upload(stream, of: request, on: lease, plan, body) }
            let head = try await withUnsafeThrowingContinuation { continuation in
                exchange.loop.runInLoop { exchange.send(request, plan.deadlines, continuation) }
            }
            var response = try response(head, to: request, on: lease)
            return try await body(&response)
        } onCancel: {
            exchange.loop.execute {
                exchange.fail(
                    TransportError(.cancelled, .gateway, "the request's task was cancelled"), exchange: number)
            }
        }
    }

    /// Sends a request's body while its response may already be arriving.
    private func upload<R>(
        _ stream: HTTPClientRequest.Stream, of request: HTTPClientRequest, on lease: ConnectionPool.Lease,
        _ plan: ExchangePlan, _ body: (inout HTTPClientResponse) async throws -> R
    ) async throws -> R {
        let (exchange, number) = (lease.exchange, lease.number)
        do {
            return try await withThrowingTaskGroup(of: Void.self) { group in
                defer {
                    exchange.loop.runInLoop { exchange.stopUpload(number) }
                    group.cancelAll()
                }
                let head = try await withUnsafeThrowingContinuation { continuation in
                    exchange.loop.runInLoop { exchange.send(request, plan.deadlines, continuation) }
                    // Behind the head, because the loop takes one after the other.
                    group.addTask { await Self.send(stream, on: lease) }
                }
                var response = try response(head, to: request, on: lease)
                return try await body(&response)
            }
        } catch let error as Unanswered {
            throw error.cause
        }
    }

    private func response(
        _ head: HTTPResponseHead, to request: HTTPClientRequest, on lease: ConnectionPool.Lease
    ) throws(TransportError) -> HTTPClientResponse {
        let limit = request.acceptsCompression ? configuration.maximumDecompressedBytes : nil
        return try HTTPClientResponse(head, on: lease, decompressionLimit: limit)
    }

    private static func send(_ stream: HTTPClientRequest.Stream, on lease: ConnectionPool.Lease) async {
        let (exchange, number) = (lease.exchange, lease.number)
        do {
            while let part = try await stream.next() {
                try await withUnsafeThrowingContinuation { continuation in
                    exchange.loop.runInLoop { exchange.sendPart(part, number, continuation) }
                }
                try Task.checkCancellation()
            }
            exchange.loop.runInLoop { exchange.endUpload(number) }
        } catch {
            let failure = TransportError(
                .requestBodyFailed, .gateway, "the request's body ended with an error", cause: error)
            exchange.loop.runInLoop { exchange.fail(failure, exchange: number) }
        }
    }
}
