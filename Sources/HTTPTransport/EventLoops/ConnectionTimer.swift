import NIOCore

/// A connection's one timer on its loop, set as `LazyTimer` says. Used on the loop only.
struct ConnectionTimer {
    private var lazy = LazyTimer()
    private var scheduled: NIOScheduledCallback?

    var due: NIODeadline? { lazy.due }

    /// Changes the deadline; nil waits for nothing. `handler` is called then, or earlier for nothing.
    mutating func set(
        _ deadline: NIODeadline?, on loop: any EventLoop, for handler: some NIOScheduledCallbackHandler & Sendable
    ) {
        _ = perform(lazy.set(deadline), on: loop, for: handler)
    }

    /// The handler was called.
    ///
    /// - Returns: whether the deadline has passed.
    mutating func fired(
        on loop: any EventLoop, for handler: some NIOScheduledCallbackHandler & Sendable
    ) -> Bool {
        perform(lazy.fired(at: .now()), on: loop, for: handler)
    }

    /// The connection is gone.
    mutating func cancel() {
        scheduled?.cancel()
        scheduled = nil
    }

    private mutating func perform(
        _ action: LazyTimer.Action, on loop: any EventLoop,
        for handler: some NIOScheduledCallbackHandler & Sendable
    ) -> Bool {
        switch action {
        case .none:
            return false
        case .arm(let deadline):
            // An earlier deadline than before: the later timer would keep a closed connection until it fires.
            scheduled?.cancel()
            scheduled = try? loop.scheduleCallback(at: deadline, handler: handler)
            return false
        case .expired:
            return true
        }
    }
}
