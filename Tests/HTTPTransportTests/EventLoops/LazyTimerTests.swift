import NIOCore
import Testing

@testable import HTTPTransport

@Suite("Lazy timer") struct LazyTimerTests {
    private func at(_ seconds: UInt64) -> NIODeadline { .uptimeNanoseconds(seconds * 1_000_000_000) }

    @Test("arms once while deadlines move ahead")
    func movesAhead() {
        var timer = LazyTimer()
        #expect(timer.set(at(10)) == .arm(at(10)))
        #expect(timer.set(at(20)) == .none)
        #expect(timer.fired(at: at(10)) == .arm(at(20)))
        #expect(timer.fired(at: at(20)) == .expired)
        #expect(timer.fired(at: at(21)) == .none)
    }

    @Test("arms again for an earlier deadline, and the later timer stays harmless")
    func movesBack() {
        var timer = LazyTimer()
        #expect(timer.set(at(20)) == .arm(at(20)))
        #expect(timer.set(at(10)) == .arm(at(10)))
        #expect(timer.fired(at: at(10)) == .expired)
        #expect(timer.set(at(30)) == .arm(at(30)))
        #expect(timer.fired(at: at(20)) == .none)
        #expect(timer.fired(at: at(30)) == .expired)
    }

    @Test("a cleared deadline does not expire")
    func cleared() {
        var timer = LazyTimer()
        #expect(timer.set(at(10)) == .arm(at(10)))
        #expect(timer.set(nil) == .none)
        #expect(timer.fired(at: at(10)) == .none)
        #expect(timer.set(at(20)) == .arm(at(20)))
    }
}
