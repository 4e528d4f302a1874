import NIOCore

/// Runs the jobs of tasks on one event loop, so that a task which prefers it shares the loop's thread with the
/// channels it reads from and writes to.
///
/// NIO's loops are serial executors for actors; a task's preference wants a `TaskExecutor`.
final class LoopExecutor: TaskExecutor {
    let loop: any EventLoop

    init(loop: any EventLoop) {
        self.loop = loop
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute {
            job.runSynchronously(on: self.asUnownedTaskExecutor())
        }
    }
}

extension EventLoop {
    /// Runs `body` now when already on this loop, else soon.
    func runInLoop(_ body: @escaping @Sendable () -> Void) {
        if inEventLoop { body() } else { execute(body) }
    }
}
