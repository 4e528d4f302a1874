import NIOCore

/// When a connection's timer must be set, if deadlines change with every request but almost never pass.
///
/// Cancelling a timer searches the loop's whole queue, so an earlier timer is left to fire and looks again.
struct LazyTimer {
    enum Action: Equatable {
        case none
        /// Set a timer for this time.
        case arm(NIODeadline)
        /// The deadline has passed.
        case expired
    }

    private(set) var due: NIODeadline?
    /// The earliest timer that will still fire.
    private var armed: NIODeadline?

    /// Changes the deadline; nil waits for nothing.
    mutating func set(_ deadline: NIODeadline?) -> Action {
        due = deadline
        guard let deadline else { return .none }
        if let armed, armed <= deadline { return .none }
        armed = deadline
        return .arm(deadline)
    }

    /// A timer fired.
    mutating func fired(at now: NIODeadline) -> Action {
        // A timer that was armed for a later time than the current one fires for nothing and must not clear it.
        if let armed, armed > now { return .none }
        armed = nil
        guard let due else { return .none }
        if due <= now {
            self.due = nil
            return .expired
        }
        armed = due
        return .arm(due)
    }
}
