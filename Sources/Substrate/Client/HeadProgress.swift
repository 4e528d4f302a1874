/// How far the chain has come, as the nodes have shown it; tells which node not to believe.
struct HeadProgress: Sendable {
    enum Verdict: Equatable {
        case fresh
        /// Blocks behind the highest seen.
        case behind(UInt64)
        /// How long no node has shown a new block.
        case stalled(Duration)
    }

    private(set) var highest: UInt64?
    private var movedAt = ContinuousClock.now

    /// Takes in a node's best head and judges the node by it.
    ///
    /// A higher block that nobody has shown again for `timeout` counts no longer, so that one wrong or reset node
    /// does not keep all others out.
    mutating func observe(
        _ number: UInt64, at now: ContinuousClock.Instant = .now, timeout: Duration, maximumLag: UInt64
    ) -> Verdict {
        guard let highest, number <= highest else {
            highest = number
            movedAt = now
            return .fresh
        }
        let silence = now - movedAt
        if highest - number > maximumLag {
            guard silence > timeout else { return .behind(highest - number) }
            self.highest = number
            movedAt = now
            return .fresh
        }
        return silence > timeout ? .stalled(silence) : .fresh
    }
}
