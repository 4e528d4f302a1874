internal import CPQ
internal import Foundation

/// `LISTEN` and `NOTIFY`.
extension PostgresSession {
    /// Waits for a notification on a channel that this session listens to.
    ///
    /// - Returns: false when none came by the deadline. Several that came together count once.
    /// - Throws: ``PostgresError`` with code `connectionLost`.
    public func waitForNotification(until deadline: ContinuousClock.Instant) throws(PostgresError) -> Bool {
        while true {
            guard PQconsumeInput(handle) == 1 else { throw lost() }
            if takeNotifications() { return true }
            guard Self.poll(PQsocket(handle), for: Int16(POLLIN), until: deadline) else { return false }
        }
    }

    private func takeNotifications() -> Bool {
        var isNotified = false
        while let notification = PQnotifies(handle) {
            isNotified = true
            PQfreemem(notification)
        }
        return isNotified
    }
}
