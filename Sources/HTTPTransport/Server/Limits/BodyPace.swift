import NIOCore

/// How fast a client sends its body, over the time that the server waited for it.
struct BodyPace {
    private let timeout: TimeAmount
    private let grace: TimeAmount
    /// Nanoseconds that a byte may take; 0 without a minimum.
    private let nanosecondsPerByte: Int64
    private var bytes = 0
    private var waited = TimeAmount.zero
    private var since: NIODeadline?

    init(_ configuration: HTTPServerConfiguration) {
        timeout = TimeAmount(clamping: configuration.bodyTimeout)
        grace = TimeAmount(clamping: configuration.dataRateGrace)
        let rate = configuration.minimumDataRate
        nanosecondsPerByte = rate > 0 ? 1_000_000_000 / Int64(clamping: rate) : 0
    }

    /// The server waits for the client from now on.
    mutating func wait(from now: NIODeadline) {
        if since == nil { since = now }
    }

    /// The client is not waited for: the server has enough to do with what came.
    mutating func pause(at now: NIODeadline) {
        guard let since else { return }
        waited = waited + (now - since)
        self.since = nil
    }

    mutating func received(_ count: Int) {
        bytes += count
    }

    /// The client has sent so much in all while it was waited for; with HTTP/2 also of bodies beside this one, for it
    /// may send one after the other.
    mutating func received(inAll count: Int) {
        bytes = max(bytes, count)
    }

    /// When the client is too slow, unless more comes before; nil while nobody waits.
    var deadline: NIODeadline? {
        guard let since else { return nil }
        guard nanosecondsPerByte > 0 else { return since + timeout }
        let earned = Int64(clamping: bytes).multipliedReportingOverflow(by: nanosecondsPerByte)
        guard !earned.overflow, earned.partialValue < timeout.nanoseconds else { return since + timeout }
        let left = grace + .nanoseconds(earned.partialValue) - waited
        return since + max(.zero, min(timeout, left))
    }
}
