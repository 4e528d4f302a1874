/// The outcome of one epoch from stakes and weights, all shares of 1 and by UID.
///
/// Stake-weighted median, clipping and normalised ranks as in Yuma consensus. Bonds have no memory here: a validator's
/// dividends follow from this epoch's weights alone, so they are right in direction but not Subtensor's numbers.
///
/// - Source: subtensor, `pallets/subtensor/src/epoch`.
struct Consensus: Sendable {
    /// What one neuron brings into the epoch.
    struct Participant: Sendable {
        /// In any unit.
        var stake: Double
        /// Whether its weights count: it has a permit and set weights recently.
        var isActiveValidator: Bool
        /// Weights by UID, 0 or more.
        var weights: [Double]
    }

    private(set) var consensus: [Double]
    private(set) var incentives: [Double]
    private(set) var dividends: [Double]
    private(set) var validatorTrust: [Double]
    /// Shares of the emission: half by incentive, half by dividends.
    private(set) var emission: [Double]

    /// - Parameter kappa: the share of stake that must back a weight, 0 to 1.
    init(_ participants: [Participant], kappa: Double) {
        let count = participants.count
        let stake = Self.normalised(participants.map { $0.isActiveValidator ? $0.stake : 0 })
        let rows = participants.map { participant in
            participant.isActiveValidator ? Self.normalised(participant.weights) : [Double](repeating: 0, count: count)
        }
        let median = (0..<count).map { column in
            Self.weightedMedian(zip(stake, rows.map { $0[column] }).filter { $0.0 > 0 }, majority: kappa)
        }
        let clipped = rows.map { row in zip(row, median).map { min($0, $1) } }
        let ranks = (0..<count).map { column in
            zip(stake, clipped).reduce(0) { $0 + $1.0 * $1.1[column] }
        }
        let incentives = Self.normalised(ranks)
        let dividends = Self.normalised(
            zip(stake, clipped).map { stake, row in stake * zip(row, incentives).reduce(0) { $0 + $1.0 * $1.1 } })
        consensus = median
        self.incentives = incentives
        self.dividends = dividends
        validatorTrust = clipped.map { $0.reduce(0, +) }
        let both = zip(incentives, dividends).map { $0 + $1 }
        emission = Self.normalised(both.contains { $0 > 0 } ? both : stake)
    }

    /// The largest weight that more than `majority` of the stake gives at least; 0 where there is none.
    static func weightedMedian(_ votes: [(stake: Double, weight: Double)], majority: Double) -> Double {
        let total = votes.reduce(0) { $0 + $1.stake }
        var backing = 0.0
        for vote in votes.sorted(by: { $0.weight > $1.weight }) {
            backing += vote.stake
            if backing > majority * total { return vote.weight }
        }
        return 0
    }

    /// The values divided by their sum; all 0 where the sum is.
    static func normalised(_ values: [Double]) -> [Double] {
        let sum = values.reduce(0, +)
        return sum > 0 ? values.map { $0 / sum } : values.map { _ in 0 }
    }
}
