internal import Synchronization

/// Runs `body`, cancels it when it takes longer than `duration`, and throws `expiry` then.
func withDeadline<R: Sendable>(
    _ duration: Duration, expiry: @escaping @Sendable () -> SubstrateError,
    _ body: @escaping @Sendable () async throws -> R
) async throws -> R {
    let deadline = ContinuousClock.now + duration
    return try await withThrowingTaskGroup(of: R.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try await Alarm.shared.wait(until: deadline)
            throw expiry()
        }
        defer { group.cancelAll() }
        guard let result = try await group.next() else { throw CancellationError() }
        return result
    }
}

/// Wakes waiters a little after their time.
///
/// A `Task.sleep` that was cancelled keeps its memory until its time has come, which at ten thousand calls a second
/// with a deadline each adds up. A waiter here is gone at once; one sleeping task serves them all.
final class Alarm: Sendable {
    static let shared = Alarm()

    private struct Waiter {
        let deadline: ContinuousClock.Instant
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var waiters: [UInt64: Waiter] = [:]
        var nextID: UInt64 = 0
        var isTicking = false
    }

    private static let tick: Duration = .milliseconds(25)
    private let state = Mutex(State())

    /// - Throws: `CancellationError` as soon as the task is cancelled.
    func wait(until deadline: ContinuousClock.Instant) async throws {
        let id = state.withLock { state in
            defer { state.nextID += 1 }
            return state.nextID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let (isCancelled, startsTicking) = state.withLock { state in
                    if Task.isCancelled { return (true, false) }
                    state.waiters[id] = Waiter(deadline: deadline, continuation: continuation)
                    defer { state.isTicking = true }
                    return (false, !state.isTicking)
                }
                if isCancelled { continuation.resume(throwing: CancellationError()) }
                // Ends by itself once nobody waits.
                if startsTicking { Task { await run() } }
            }
        } onCancel: {
            let waiter = state.withLock { $0.waiters.removeValue(forKey: id) }
            waiter?.continuation.resume(throwing: CancellationError())
        }
    }

    private func run() async {
        while true {
            try? await Task.sleep(for: Self.tick)
            let now = ContinuousClock.now
            let due = state.withLock { state -> [Waiter]? in
                guard !state.waiters.isEmpty else {
                    state.isTicking = false
                    return nil
                }
                let due = state.waiters.filter { $0.value.deadline <= now }
                for id in due.keys { state.waiters[id] = nil }
                return Array(due.values)
            }
            guard let due else { return }
            for waiter in due { waiter.continuation.resume() }
        }
    }
}
