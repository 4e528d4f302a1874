import NIOCore
import NIOEmbedded
import Testing

@testable import HTTPTransport

@Suite("Connection timer") struct ConnectionTimerTests {
    /// Touched by one thread only.
    private final class Handler: NIOScheduledCallbackHandler, @unchecked Sendable {
        let loop = EmbeddedEventLoop()
        var timer = ConnectionTimer()
        var expirations = 0

        func handleScheduledCallback(eventLoop: some EventLoop) {
            if timer.fired(on: loop, for: self) { expirations += 1 }
        }
    }

    @Test("leaves no later callback behind an earlier deadline")
    func earlier() {
        weak var weakly: Handler?
        var loop: EmbeddedEventLoop?
        do {
            let handler = Handler()
            weakly = handler
            loop = handler.loop
            handler.timer.set(.after(.seconds(3_600)), on: handler.loop, for: handler)
            handler.timer.set(.now(), on: handler.loop, for: handler)
            handler.loop.advanceTime(to: .now())
            #expect(handler.expirations == 1)
        }
        withExtendedLifetime(loop) { #expect(weakly == nil, "a callback keeps the connection") }
    }

    @Test("lets go of a connection that is gone")
    func cancelled() {
        weak var weakly: Handler?
        var loop: EmbeddedEventLoop?
        do {
            let handler = Handler()
            weakly = handler
            loop = handler.loop
            handler.timer.set(.after(.seconds(3_600)), on: handler.loop, for: handler)
            handler.timer.cancel()
        }
        withExtendedLifetime(loop) { #expect(weakly == nil) }
    }
}
