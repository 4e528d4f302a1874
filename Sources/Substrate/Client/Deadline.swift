/// Runs `body`, cancels it when it takes longer than `duration`, and throws `expiry` then.
func withDeadline<R: Sendable>(
    _ duration: Duration, expiry: @escaping @Sendable () -> SubstrateError,
    _ body: @escaping @Sendable () async throws -> R
) async throws -> R {
    try await withThrowingTaskGroup(of: R.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try await Task.sleep(for: duration)
            throw expiry()
        }
        defer { group.cancelAll() }
        guard let result = try await group.next() else { throw CancellationError() }
        return result
    }
}
