internal import Synchronization

/// A bounded set of connections, opened when needed and kept.
public final class PostgresPool: Sendable {
    /// What a waiter is given: a free connection, or the right to open one.
    private enum Grant: Sendable {
        case connection(PostgresConnection)
        case opening
    }

    private struct Waiter {
        let id: UInt64
        let continuation: CheckedContinuation<Grant, any Error>
    }

    private struct State {
        var idle: [PostgresConnection] = []
        var openCount = 0
        var waiters: [Waiter] = []
        var nextWaiter: UInt64 = 0
        var isClosed = false
    }

    private let configuration: PostgresConfiguration
    private let state = Mutex(State())

    public init(_ configuration: PostgresConfiguration) { self.configuration = configuration }

    /// Lends a connection to `body`. It returns to the pool when it is still usable.
    ///
    /// - Throws: ``PostgresError`` with code `poolExhausted` when none became free by `deadline`; `connectFailed`.
    public func withConnection<R: Sendable>(
        until deadline: ContinuousClock.Instant, _ body: (PostgresConnection) async throws -> R
    ) async throws -> R {
        let connection = try await acquire(until: deadline)
        do {
            let result = try await body(connection)
            await giveBack(connection)
            return result
        } catch {
            await giveBack(connection)
            throw error
        }
    }

    /// Drops idle connections: after one broke, the others to the same server most likely did too.
    public func discardIdle() {
        let dropped = state.withLock { state in
            defer { state.idle.removeAll() }
            state.openCount -= state.idle.count
            return state.idle
        }
        _ = dropped
    }

    /// Connections lent out end with their use; waiters fail.
    public func close() {
        let waiters = state.withLock { state in
            state.isClosed = true
            defer { state.waiters.removeAll() }
            return state.waiters
        }
        discardIdle()
        for waiter in waiters { waiter.continuation.resume(throwing: PostgresError(.closed, "the pool is closed")) }
    }

    private func acquire(until deadline: ContinuousClock.Instant) async throws -> PostgresConnection {
        let ready: Grant? = try state.withLock { state throws(PostgresError) in try Self.take(&state, self) }
        let grant = if let ready { ready } else { try await wait(until: deadline) }
        switch grant {
        case .connection(let connection): return connection
        case .opening:
            do {
                return try await PostgresConnection.connect(configuration)
            } catch {
                slotFreed()
                throw error
            }
        }
    }

    private static func take(_ state: inout State, _ pool: PostgresPool) throws(PostgresError) -> Grant? {
        guard !state.isClosed else { throw PostgresError(.closed, "the pool is closed") }
        if let connection = state.idle.popLast() { return .connection(connection) }
        guard state.openCount < pool.configuration.maximumConnections else { return nil }
        state.openCount += 1
        return .opening
    }

    private func wait(until deadline: ContinuousClock.Instant) async throws -> Grant {
        let id = state.withLock { state in
            state.nextWaiter &+= 1
            return state.nextWaiter
        }
        var timer: Task<Void, any Error>?
        defer { timer?.cancel() }
        return try await withCheckedThrowingContinuation { continuation in
            let outcome: Result<Grant?, PostgresError> = state.withLock { state in
                do throws(PostgresError) {
                    if let grant = try Self.take(&state, self) { return .success(grant) }
                    state.waiters.append(Waiter(id: id, continuation: continuation))
                    return .success(nil)
                } catch {
                    return .failure(error)
                }
            }
            switch outcome {
            case .success(let grant?): continuation.resume(returning: grant)
            case .success(nil):
                // Ends by itself at the deadline; cancelled above as soon as the wait is over.
                timer = Task { [weak self] in
                    try await Task.sleep(until: deadline, clock: .continuous)
                    self?.expire(id)
                }
            case .failure(let error): continuation.resume(throwing: error)
            }
        }
    }

    private func expire(_ id: UInt64) {
        let waiter = state.withLock { state -> Waiter? in
            guard let index = state.waiters.firstIndex(where: { $0.id == id }) else { return nil }
            return state.waiters.remove(at: index)
        }
        waiter?.continuation.resume(
            throwing: PostgresError(.poolExhausted, "no database connection became free in time"))
    }

    private func giveBack(_ connection: PostgresConnection) async {
        guard await connection.isUsable else { return slotFreed() }
        let waiter = state.withLock { state -> Waiter? in
            guard !state.isClosed else {
                state.openCount -= 1
                return nil
            }
            guard !state.waiters.isEmpty else {
                state.idle.append(connection)
                return nil
            }
            return state.waiters.removeFirst()
        }
        waiter?.continuation.resume(returning: .connection(connection))
    }

    /// One connection fewer is open: the first waiter may open another.
    private func slotFreed() {
        let waiter = state.withLock { state -> Waiter? in
            guard !state.waiters.isEmpty else {
                state.openCount -= 1
                return nil
            }
            return state.waiters.removeFirst()
        }
        waiter?.continuation.resume(returning: .opening)
    }
}
