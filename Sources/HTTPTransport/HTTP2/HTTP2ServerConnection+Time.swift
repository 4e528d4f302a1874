import NIOCore

/// The connection's and its streams' deadlines, all on one timer.
extension HTTP2ServerConnection: NIOScheduledCallbackHandler {
    func setDeadline(_ deadline: NIODeadline) {
        self.deadline = deadline
        wake(at: deadline)
    }

    /// Looks at all deadlines then, at the latest.
    func wake(at deadline: NIODeadline) {
        if let due = timer.due, due <= deadline { return }
        timer.set(deadline, on: server.executor.loop, for: self)
    }

    func handleScheduledCallback(eventLoop: some EventLoop) {
        if timer.fired(on: server.executor.loop, for: self) { lookAtDeadlines(.now()) }
    }

    private func lookAtDeadlines(_ now: NIODeadline) {
        guard phase != .closed else { return }
        if let writeDeadline, writeDeadline <= now {
            guard let context, unsentThen - context.channel.unsentBytes >= configuration.leastWrittenBytes else {
                context?.close(promise: nil)
                return
            }
            awaitSocket(context)
        }
        if let deadline, deadline <= now {
            self.deadline = nil
            expired()
        }
        guard phase != .closed else { return }
        for stream in streams.values { stream.lookAtDeadline(now) }
        send()
        let next = streams.values.compactMap(\.deadline) + [deadline, writeDeadline].compactMap { $0 }
        if let next = next.min() { wake(at: next) }
    }

    private func expired() {
        switch phase {
        case .opening:
            end(.noError)
        case .open, .draining:
            if session.isInHeaderBlock {
                log("a block of fields takes too long")
                session.terminate(.enhanceYourCalm)
                fail()
            } else if streams.isEmpty {
                end(.noError)
            }
        case .announcing:
            announced()
        case .lingering:
            context?.close(promise: nil)
        case .closed:
            break
        }
    }
}
