internal import Signing
internal import Synchronization

/// Lets one submission per account at a time ask for a nonce and reach the pool, so that concurrent ones get
/// consecutive nonces.
final class SubmissionGate: Sendable {
    private struct Queue {
        var waiters: [(id: UInt64, continuation: CheckedContinuation<Void, any Error>)] = []
    }

    private struct State {
        /// An account is in here while one submission of it is under way.
        var queues: [AccountID: Queue] = [:]
        var nextID: UInt64 = 0
    }

    private let state = Mutex(State())

    func withTurn<R>(of account: AccountID, _ body: () async throws -> R) async throws -> R {
        try await enter(account)
        defer { leave(account) }
        return try await body()
    }

    private func enter(_ account: AccountID) async throws {
        let id = state.withLock { state in
            defer { state.nextID += 1 }
            return state.nextID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let result: Result<Void, any Error>? = state.withLock { state in
                    if Task.isCancelled { return .failure(CancellationError()) }
                    guard state.queues[account] != nil else {
                        state.queues[account] = Queue()
                        return .success(())
                    }
                    state.queues[account]?.waiters.append((id, continuation))
                    return nil
                }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            let waiter = state.withLock { state -> CheckedContinuation<Void, any Error>? in
                guard let index = state.queues[account]?.waiters.firstIndex(where: { $0.id == id }) else { return nil }
                return state.queues[account]?.waiters.remove(at: index).continuation
            }
            waiter?.resume(throwing: CancellationError())
        }
    }

    private func leave(_ account: AccountID) {
        let next = state.withLock { state -> CheckedContinuation<Void, any Error>? in
            guard let queue = state.queues[account], !queue.waiters.isEmpty else {
                state.queues[account] = nil
                return nil
            }
            return state.queues[account]?.waiters.removeFirst().continuation
        }
        next?.resume()
    }
}
