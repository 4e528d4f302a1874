import NIOCore

extension TimeAmount {
    /// The same span, cut to what NIO can hold.
    init(clamping duration: Duration) {
        let (seconds, attoseconds) = duration.components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        if overflow {
            self = .nanoseconds(seconds < 0 ? .min : .max)
        } else {
            let (sum, carry) = whole.addingReportingOverflow(attoseconds / 1_000_000_000)
            self = .nanoseconds(carry ? .max : sum)
        }
    }
}

extension NIODeadline {
    /// The moment on NIO's clock that lies `duration` ahead.
    static func after(_ duration: Duration) -> NIODeadline {
        let century = Duration.seconds(100 * 365 * 86_400)
        return .now() + TimeAmount(clamping: min(max(duration, .zero), century))
    }

    /// The same moment on NIO's clock.
    init(_ instant: ContinuousClock.Instant) {
        self = .after(instant - .now)
    }
}
