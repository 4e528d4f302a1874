/// What is thought of one miner: moving averages of what was observed of it, each 0...1.
public struct Score: Codable, Sendable, Hashable {
    /// Weight of the newest observation in an average.
    static let smoothing = 0.15
    /// Latency at which speed is one half, seconds.
    static let referenceLatency = 2.0
    static let speedShare = 0.3
    static let correctnessShare = 0.75

    /// Share of attempts that were answered.
    public private(set) var delivery = 0.0
    /// How right answers to probes were; nil before the first.
    public private(set) var correctness: Double?
    /// How like other miners' answers its own were; nil before the first.
    public private(set) var agreement: Double?
    /// 1 for an instant answer, one half at two seconds.
    public private(set) var speed = 0.0
    public private(set) var observations = 0

    public init() {}

    /// Delivery × quality × speed; 0 for a miner that was never asked or never right.
    public var value: Double {
        let known = correctness.map { right in
            agreement.map { Self.correctnessShare * right + (1 - Self.correctnessShare) * min($0, right) } ?? right
        }
        let quality = known ?? agreement ?? 0
        return delivery * quality * (1 - Self.speedShare + Self.speedShare * speed)
    }

    mutating func add(isAnswered: Bool, latencySeconds: Double, correctness: Double?, agreement: Double?) {
        let weight = observations == 0 ? 1 : Self.smoothing
        observations = min(observations + 1, 1_000_000)
        delivery += weight * ((isAnswered ? 1 : 0) - delivery)
        if isAnswered {
            let sample = 1 / (1 + max(0, latencySeconds) / Self.referenceLatency)
            speed += (speed == 0 ? 1 : Self.smoothing) * (sample - speed)
        }
        Self.average(&self.correctness, correctness)
        Self.average(&self.agreement, agreement)
    }

    private static func average(_ value: inout Double?, _ sample: Double?) {
        guard let sample, sample.isFinite else { return }
        let bounded = min(max(sample, 0), 1)
        value = value.map { $0 + smoothing * (bounded - $0) } ?? bounded
    }
}
