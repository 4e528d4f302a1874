import NIOCore
import NIOHTTP1

/// An HTTP/1.1 client for vetted addresses.
///
/// Connections are kept alive and pooled per event loop and address. It follows no redirect, keeps no cookie, decodes no
/// content encoding, and bounds the bytes, fields and time of every response.
public final class HTTPClient: Sendable {
    private let loops: EventLoops
    private let pools: [ConnectionPool]

    public init(configuration: HTTPClientConfiguration = HTTPClientConfiguration(), on loops: EventLoops) {
        self.loops = loops
        pools = loops.executors.map { ConnectionPool(configuration: configuration, executor: $0) }
    }

    /// Sends one request and lends its response to `body`.
    ///
    /// The exchange runs on the caller's loop when it is on one of the client's. A clean end of the response returns the
    /// connection to the pool; leaving `body` earlier, an error and cancellation close it. When a reused connection turns
    /// out to be closed by the peer before any byte of a response, the request is sent once more on a fresh one, made
    /// anew by `makeRequest`.
    ///
    /// - Parameters:
    ///   - deadline: for the whole exchange, connecting and `body` included.
    ///   - makeRequest: makes the request for the connection it will be sent on.
    /// - Throws: ``TransportError``, or what `makeRequest` and `body` throw.
    public func withResponse<R>(
        from address: VettedAddress, deadline: ContinuousClock.Instant,
        makeRequest: (ConnectionInfo) throws -> HTTPClientRequest,
        _ body: (inout HTTPClientResponse) async throws -> R
    ) async throws -> R {
        if let executor = loops.current {
            return try await exchange(pool(on: executor), address, deadline, makeRequest, body)
        }
        let executor = loops.next()
        return try await withTaskExecutorPreference(executor) {
            try await exchange(pool(on: executor), address, deadline, makeRequest, body)
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

    private func exchange<R>(
        _ pool: ConnectionPool, _ address: VettedAddress, _ deadline: ContinuousClock.Instant,
        _ makeRequest: (ConnectionInfo) throws -> HTTPClientRequest,
        _ body: (inout HTTPClientResponse) async throws -> R
    ) async throws -> R {
        let lease = try await pool.lease(to: address, deadline: deadline, isFresh: false)
        do {
            return try await exchange(on: lease, deadline, makeRequest, body)
        } catch let error as ClientConnection.ClosedUnanswered {
            guard lease.isReused else { throw error.cause }
        }
        let fresh = try await pool.lease(to: address, deadline: deadline, isFresh: true)
        do {
            return try await exchange(on: fresh, deadline, makeRequest, body)
        } catch let error as ClientConnection.ClosedUnanswered {
            throw error.cause
        }
    }

    private func exchange<R>(
        on lease: ConnectionPool.Lease, _ deadline: ContinuousClock.Instant,
        _ makeRequest: (ConnectionInfo) throws -> HTTPClientRequest,
        _ body: (inout HTTPClientResponse) async throws -> R
    ) async throws -> R {
        let connection = lease.connection
        let number = lease.exchangeNumber
        defer { connection.loop.runInLoop { connection.end(number) } }
        return try await withTaskCancellationHandler {
            let request = try makeRequest(connection.info)
            let head = try await withUnsafeThrowingContinuation { continuation in
                connection.loop.runInLoop { connection.send(request, deadline: deadline, continuation) }
            }
            var response = HTTPClientResponse(head, on: lease)
            return try await body(&response)
        } onCancel: {
            connection.loop.execute {
                connection.fail(
                    TransportError(.cancelled, .gateway, "the request's task was cancelled"), exchange: number)
            }
        }
    }
}
