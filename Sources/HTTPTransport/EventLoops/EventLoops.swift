import NIOCore
import NIOPosix
import Synchronization

/// The event loops of this process, one thread each, and a task executor on every one of them.
///
/// A server's request tasks run on their connection's loop, and a client called from such a task uses that
/// loop's own connections, so that nothing hops between threads on the way.
public final class EventLoops: Sendable {
    let group: MultiThreadedEventLoopGroup
    let executors: [LoopExecutor]
    private let turn = Atomic<UInt>(0)

    /// - Parameter count: threads, 1 or more; nil takes one per core, which serves best.
    public init(count: Int? = nil) {
        let count = count ?? System.coreCount
        precondition(count > 0, "at least one event loop is needed")
        group = MultiThreadedEventLoopGroup(numberOfThreads: count)
        executors = group.makeIterator().map { LoopExecutor(loop: $0) }
    }

    /// How many loops there are.
    public var count: Int { executors.count }

    /// Runs `body` on one of the loops: on the caller's own if it is on one, else on the next in turn.
    @concurrent
    public func run<R: Sendable>(_ body: @Sendable () async throws -> R) async rethrows -> R {
        if current != nil { return try await body() }
        return try await withTaskExecutorPreference(next()) {
            // A preference is taken up when a task next becomes ready to run: here.
            await Task.yield()
            return try await body()
        }
    }

    /// Starts an unstructured task on the caller's loop if it is on one, else on the next in turn.
    ///
    /// Whoever starts it cancels it.
    public func task(_ body: @escaping @Sendable () async -> Void) -> Task<Void, Never> {
        Task(executorPreference: current ?? next()) { await body() }
    }

    /// Stops the loops' threads once what is queued has run. Servers and clients on them must be shut down before.
    public func shutdown() async {
        try? await group.shutdownGracefully()
    }

    /// The executor of the loop the caller runs on, if it is one of these.
    var current: LoopExecutor? {
        guard let loop = MultiThreadedEventLoopGroup.currentEventLoop else { return nil }
        return executor(of: loop)
    }

    /// The next executor in turn.
    func next() -> LoopExecutor {
        let index = turn.wrappingAdd(1, ordering: .relaxed).oldValue % UInt(executors.count)
        return executors[Int(index)]
    }

    /// The executor on `loop`, or nil when the loop belongs to another group.
    func executor(of loop: any EventLoop) -> LoopExecutor? {
        executors.first { $0.loop === loop }
    }
}
