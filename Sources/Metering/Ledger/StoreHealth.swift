internal import Logging
internal import Synchronization

/// Whether the store answers, said once when it changes.
final class StoreHealth: Sendable {
    private struct State {
        var isAvailable = true
        /// It refused to be written to, and was not written to since.
        var mustWrite = false
        var lastSeen: Int64
        var lastRefusal = Int64.min
    }

    private let state: Mutex<State>
    private let logger: Logger

    init(logger: Logger, now: Int64) {
        self.logger = logger
        state = Mutex(State(lastSeen: now))
    }

    var isAvailable: Bool { state.withLock { $0.isAvailable } }
    /// Unix milliseconds.
    var lastSeen: Int64 { state.withLock { $0.lastSeen } }

    var mustWrite: Bool { state.withLock { $0.mustWrite } }

    func succeeded(now: Int64, hasWritten: Bool = false) {
        let wasAway = state.withLock { state in
            state.lastSeen = now
            if hasWritten { state.mustWrite = false }
            guard !state.mustWrite, !state.isAvailable else { return false }
            state.isAvailable = true
            return true
        }
        if wasAway { logger.info("The metering database is back") }
    }

    func failed(_ error: any Error, now: Int64) {
        guard let error = error as? StoreError, error.kind == .unavailable else { return refused(error, now: now) }
        let isNew = state.withLock { state in
            defer { state.isAvailable = false }
            if error.refusesWrites { state.mustWrite = true }
            return state.isAvailable
        }
        guard isNew else { return }
        logger.warning(
            "The metering database is away: known keys keep working within their leases, usage waits on disk",
            metadata: Self.metadata(error))
    }

    private static func metadata(_ error: any Error) -> Logger.Metadata {
        var metadata: Logger.Metadata = ["error.cause": "\(error)"]
        if let advice = (error as? StoreError)?.advice { metadata["error.advice"] = "\(advice)" }
        return metadata
    }

    /// Not being away: something an operator must look at. Said once a minute.
    private func refused(_ error: any Error, now: Int64) {
        let isDue = state.withLock { state in
            guard state.lastRefusal == .min || now - state.lastRefusal >= 60_000 else { return false }
            state.lastRefusal = now
            return true
        }
        if isDue { logger.error("The metering database refused a transaction", metadata: Self.metadata(error)) }
    }
}
