import NIOCore

/// The connection's and its streams' deadlines, all on one timer.
extension HTTP2ClientConnection: NIOScheduledCallbackHandler {
    /// Ends the connection then, unless somebody uses it before.
    func setIdleDeadline() {
        let deadline = NIODeadline.after(configuration.idleTimeout)
        idleDeadline = deadline
        wake(at: deadline)
    }

    /// The server's SETTINGS are part of connecting.
    func setSetupDeadline(_ limit: Duration) {
        guard !hasSettings else { return }
        let deadline = NIODeadline.after(limit)
        setupDeadline = deadline
        wake(at: deadline)
    }

    /// Looks at all deadlines then, at the latest.
    func wake(at deadline: NIODeadline) {
        if let due = timer.due, due <= deadline { return }
        timer.set(deadline, on: loop, for: self)
    }

    func handleScheduledCallback(eventLoop: some EventLoop) {
        if timer.fired(on: loop, for: self) { lookAtDeadlines(.now()) }
    }

    private func lookAtDeadlines(_ now: NIODeadline) {
        guard pool != nil else { return }
        if let idleDeadline, idleDeadline <= now, places == 0 {
            return fail(TransportError(.connectionClosed, .gateway, "unused for too long"))
        }
        if let setupDeadline, setupDeadline <= now {
            return fail(
                TransportError(
                    .deadlineExceeded, .upstream, isRetryable: true, "no SETTINGS within the connect timeout"))
        }
        for stream in Array(streams.values) { stream.lookAtDeadline(now) }
        guard pool != nil else { return }
        let next = streams.values.compactMap(\.deadline) + [idleDeadline, setupDeadline].compactMap { $0 }
        if let next = next.min() { wake(at: next) }
    }
}
