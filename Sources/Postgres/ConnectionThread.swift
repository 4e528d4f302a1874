internal import Foundation
internal import Synchronization

/// A serial executor with one thread of its own, on which a connection may block.
///
/// The thread keeps this object alive until ``stop()``; jobs queued before that still run.
final class ConnectionThread: SerialExecutor {
    private struct Queue: ~Copyable {
        var jobs: [UnownedJob] = []
        var isStopped = false
    }

    private let queue = Mutex(Queue())
    private let wakeUp = DispatchSemaphore(value: 0)

    init(name: String) {
        let thread = Thread { [self] in run() }
        thread.name = name
        thread.start()
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let unowned = UnownedJob(job)
        queue.withLock { $0.jobs.append(unowned) }
        wakeUp.signal()
    }

    func stop() {
        queue.withLock { $0.isStopped = true }
        wakeUp.signal()
    }

    private func run() {
        while true {
            wakeUp.wait()
            let (jobs, isStopped) = queue.withLock { queue in
                defer { queue.jobs.removeAll(keepingCapacity: true) }
                return (queue.jobs, queue.isStopped)
            }
            for job in jobs { job.runSynchronously(on: asUnownedSerialExecutor()) }
            if isStopped && jobs.isEmpty { return }
            if isStopped { wakeUp.signal() }
        }
    }
}
