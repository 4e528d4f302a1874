import Logging
import ServiceLifecycle
import Synchronization
import UnixSignals

/// How far the process has come with ending.
final class Drain: Sendable {
    private let hasBegun = Atomic(false)
    private let isImpatient = Atomic(false)

    /// Whether the process has begun to end: readiness falls before the listeners close.
    var isDraining: Bool { hasBegun.load(ordering: .relaxed) }
    /// Whether nobody wants to wait for requests under way any more.
    var isHurried: Bool { isImpatient.load(ordering: .relaxed) }

    func begin() { hasBegun.store(true, ordering: .relaxed) }

    func hurry() { isImpatient.store(true, ordering: .relaxed) }

    /// Waits until somebody hurries, the time is over or the task is cancelled.
    ///
    /// Looks again every few milliseconds: a process ends once.
    func wait(atMost time: Duration) async {
        let limit = ContinuousClock.now + time
        while !isHurried, !Task.isCancelled, .now < limit {
            try? await Task.sleep(for: min(.milliseconds(20), limit - .now))
        }
    }
}

extension ServiceGroup {
    /// Runs the services until SIGTERM or SIGINT, and then to their end; a second such signal hurries.
    func run(draining drain: Drain, logger: Logger) async throws {
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup)
        let listening = Task {
            var isSecond = false
            // SIGHUP would end a process that does not wait for it, as without a certificate to read again.
            for await signal in signals where signal != .sighup {
                if isSecond {
                    logger.notice("Ending at once", metadata: ["signal": "\(signal)"])
                    drain.hurry()
                } else {
                    logger.notice("Ending; a second signal ends at once", metadata: ["signal": "\(signal)"])
                    await triggerGracefulShutdown()
                }
                isSecond = true
            }
        }
        defer { listening.cancel() }
        try await run()
    }
}
