internal import HTTPTransport
internal import Synchronization

/// Attempts of one request that run side by side, each as a task of its own on the request's loop.
///
/// They are unstructured because the losers must end when a winner is known while the winner goes on; whoever makes a
/// race ends it with ``cancelAll()``.
final class AttemptRace<Value: Sendable>: Sendable {
    enum Event: Sendable {
        case finished(Int, Result<Value, any Error>)
        /// A timer started with ``ring(after:)`` ran out.
        case rang
    }

    let events: AsyncStream<Event>
    private let continuation: AsyncStream<Event>.Continuation
    private let loops: EventLoops
    private let tasks = Mutex<[Int: Task<Void, Never>]>([:])
    private static var timer: Int { -1 }

    init(on loops: EventLoops) {
        self.loops = loops
        (events, continuation) = AsyncStream.makeStream()
    }

    func start(_ index: Int, _ body: @escaping @Sendable () async throws -> Value) {
        let task = loops.task { [continuation] in
            do { continuation.yield(.finished(index, .success(try await body()))) } catch {
                continuation.yield(.finished(index, .failure(error)))
            }
        }
        tasks.withLock { $0[index] = task }
    }

    /// Starts the one timer anew.
    func ring(after delay: Duration) {
        let task = loops.task { [continuation] in
            guard (try? await Task.sleep(for: delay)) != nil else { return }
            continuation.yield(.rang)
        }
        tasks.withLock { $0.updateValue(task, forKey: Self.timer) }?.cancel()
    }

    func cancelAll(but winner: Int? = nil) {
        tasks.withLock { tasks in
            for (index, task) in tasks where index != winner { task.cancel() }
        }
    }
}
