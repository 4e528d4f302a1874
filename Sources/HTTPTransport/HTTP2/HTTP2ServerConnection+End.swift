import NIOCore

/// How a connection ends: for the client's fault, when it is idle, or with its server.
extension HTTP2ServerConnection {
    /// The session has queued a GOAWAY for the client's fault; nothing more is served.
    func fail() {
        endStreams()
        linger()
    }

    /// Says goodbye and ends; for a connection without streams.
    func end(_ code: HTTP2ErrorCode) {
        session.terminate(code)
        linger()
    }

    /// Sends what is left, tells the client that nothing follows, and waits for it to close.
    ///
    /// Closing at once while the client still sends would reset the connection and could destroy the GOAWAY on its way.
    func linger() {
        guard let context, phase != .closed, phase != .lingering else { return }
        phase = .lingering
        if !isPumping, let bytes = try? session.takeOutput() { context.write(wrapOutboundOut(bytes), promise: nil) }
        hasUnflushed = false
        writeDeadline = nil
        setDeadline(.after(min(configuration.writeTimeout, .seconds(5))))
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.whenComplete { _ in
            guard self.phase == .lingering, let context = self.context else { return }
            self.setDeadline(.after(.seconds(2)))
            context.close(mode: .output, promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer()), promise: promise)
    }

    /// The client knows that no new streams are wanted; those it had sent before have come.
    func announced() {
        guard phase == .announcing else { return }
        phase = .draining
        session.submitGoAway()
        deadline = nil
        becameIdleOrBusy()
    }
}

extension HTTP2ServerConnection: DrainableConnection {
    /// The server stops: an idle connection ends, a busy one ends after its streams.
    ///
    /// - Source: RFC 9113, section 6.8: two GOAWAYs, so that requests on their way are not lost.
    func drain() {
        switch phase {
        case .open where streams.isEmpty:
            end(.noError)
        case .open:
            phase = .announcing
            session.submitShutdownNotice()
            setDeadline(.after(.seconds(1)))
            // nghttp2 sends PINGs before all else; its answer must show that the notice was seen.
            send()
            session.submitPing()
            send()
        case .opening, .announcing, .draining, .lingering, .closed:
            break
        }
    }

    func expire() {
        for stream in streams.values { stream.expire() }
    }

    /// The server's patience is over.
    func cut() {
        endStreams()
        context?.close(promise: nil)
    }
}
