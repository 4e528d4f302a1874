/// Weights as a validator sets them: a share per UID, the largest 65535.
public struct WeightVector: Hashable, Sendable {
    public struct Entry: Hashable, Sendable {
        public let uid: UID
        public let weight: UInt16
        public init(uid: UID, weight: UInt16) {
            self.uid = uid
            self.weight = weight
        }
    }

    /// In the order the scores came in; no zeros.
    public let entries: [Entry]

    /// Entries as the chain has them, unchecked.
    public init(entries: [Entry]) { self.entries = entries }

    /// Turns scores into weights that the subnet's rules allow, as version 11 of the SDK does.
    ///
    /// The largest score becomes 65535 and the rest keep their ratio to it, after shares above the limit were cut.
    /// What rounds to zero is left out. A lone weight on the validator's own UID is exempt from both rules.
    ///
    /// - Parameters:
    ///   - scores: one per UID, finite, 0 or more, dimensionless.
    ///   - maximumWeight: the largest share of one weight, of 65535.
    ///   - minimumCount: the fewest weights the subnet takes.
    ///   - own: the validator's own UID.
    /// - Throws: ``SubtensorError`` `invalidWeights` or `tooFewWeights`.
    /// - Source: bittensor 11.3.0; checks in subtensor, `do_set_weights`.
    public init(
        scores: [(uid: UID, score: Double)], maximumWeight: UInt16 = .max, minimumCount: Int = 0, own: UID? = nil
    ) throws(SubtensorError) {
        var shares = scores.map(\.score)
        let isLoneSelfWeight = scores.count == 1 && scores[0].uid == own
        if !isLoneSelfWeight, maximumWeight < .max {
            try Self.check(scores)
            guard shares.contains(where: { $0 > 0 }) else {
                throw SubtensorError(.tooFewWeights, "every score is zero", source: .caller)
            }
            shares = Self.clipped(shares, limit: Double(maximumWeight) / 65_535)
        }
        entries = try Self.normalized(zip(scores, shares).map { ($0.uid, $1) })
        guard isLoneSelfWeight || entries.count >= max(minimumCount, 1) else {
            throw SubtensorError(
                .tooFewWeights,
                "\(entries.count) weights are not zero, the subnet takes \(max(minimumCount, 1)) or more",
                source: .caller)
        }
    }

    /// Scores as shares of the largest one, which is 65535; rounded half to even, zeros left out.
    ///
    /// - Throws: `invalidWeights`.
    static func normalized(_ scores: [(uid: UID, score: Double)]) throws(SubtensorError) -> [Entry] {
        try check(scores)
        guard let largest = scores.map(\.score).max(), largest > 0 else { return [] }
        return scores.compactMap { item in
            // At most 65535, because no score exceeds the largest one.
            let weight = UInt16((item.score / largest * 65_535).rounded(.toNearestOrEven))
            return weight == 0 ? nil : Entry(uid: item.uid, weight: weight)
        }
    }

    private static func check(_ scores: [(uid: UID, score: Double)]) throws(SubtensorError) {
        guard scores.allSatisfy({ $0.score.isFinite && $0.score >= 0 }) else {
            throw SubtensorError(.invalidWeights, "scores must be finite and 0 or more", source: .caller)
        }
        guard Set(scores.map(\.uid)).count == scores.count else {
            throw SubtensorError(.invalidWeights, "a uid has two scores", source: .caller)
        }
    }

    /// Cuts shares so that none exceeds `limit` once they add up to 1 again.
    ///
    /// - Source: bittensor, `normalize_max_weight`, in double precision as version 11 computes it.
    static func clipped(_ shares: [Double], limit: Double) -> [Double] {
        let count = shares.count
        let epsilon = 1e-7
        let sum = shares.reduce(0, +)
        if sum == 0 || Double(count) * limit <= 1 {
            return Array(repeating: 1 / Double(max(count, 1)), count: count)
        }
        let sorted = shares.map { $0 / sum }.sorted()
        if let largest = sorted.last, largest <= limit { return shares.map { $0 / sum } }
        var running = 0.0
        let cumulative = sorted.map { share in
            running += share
            return running
        }
        let kept = sorted.indices.filter { index in
            sorted[index] / (Double(count - index - 1) * sorted[index] + cumulative[index] + epsilon) < limit
        }.count
        // With none kept the reference reads the last sum, as Python's index -1 does.
        let below = cumulative[kept == 0 ? count - 1 : kept - 1]
        let cutoff = (limit * below - epsilon) / (1 - limit * Double(count - kept)) * sum
        let cut = shares.map { min($0, cutoff) }
        let cutSum = cut.reduce(0, +)
        return cut.map { $0 / cutSum }
    }
}
