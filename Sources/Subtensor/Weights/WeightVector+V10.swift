extension WeightVector {
    /// Turns scores into weights as version 10 of the SDK does: `process_weights`, then
    /// `convert_weights_and_uids_for_emit`.
    ///
    /// Where a subnet's rules need more weights than there are scores, everyone gets a little; scores below the
    /// quantile are left out. Computes in single precision where the SDK does, so that results are its own.
    ///
    /// - Parameters:
    ///   - scores: one per UID, finite, dimensionless; those not above 0 count as none.
    ///   - neuronCount: neurons in the subnet.
    ///   - minimumCount: the fewest weights the subnet takes.
    ///   - maximumShare: the largest share of one weight, 0 to 1.
    ///   - excludedQuantile: the share of scores to leave out, of 65535.
    /// - Throws: ``SubtensorError`` `invalidWeights`.
    /// - Source: bittensor 10.5.0, `utils/weight_utils.py`.
    public init(
        v10 scores: [(uid: UID, score: Float)], neuronCount: Int, minimumCount: Int, maximumShare: Double = 1,
        excludedQuantile: UInt16 = 0
    ) throws(SubtensorError) {
        let processed = try Self.processed(
            scores, neuronCount: neuronCount, minimumCount: minimumCount, maximumShare: maximumShare,
            excludedQuantile: excludedQuantile)
        entries = try Self.normalized(processed)
    }

    /// The shares that add up to 1, before they become 16-bit numbers.
    static func processed(
        _ scores: [(uid: UID, score: Float)], neuronCount: Int, minimumCount: Int, maximumShare: Double,
        excludedQuantile: UInt16
    ) throws(SubtensorError) -> [(uid: UID, score: Double)] {
        guard scores.allSatisfy({ $0.score.isFinite }) else {
            throw SubtensorError(.invalidWeights, "scores must be finite", source: .caller)
        }
        guard (0...65_536).contains(neuronCount), scores.count <= neuronCount else {
            throw SubtensorError(
                .invalidWeights, "\(scores.count) scores for \(neuronCount) neurons", source: .caller)
        }
        let positive = scores.filter { $0.score > 0 }
        if positive.isEmpty || neuronCount < minimumCount {
            return everyone(Array(repeating: 1 / Double(neuronCount), count: neuronCount))
        }
        if positive.count < minimumCount {
            var shares = Array(repeating: 1e-5, count: neuronCount)
            // By position, as the SDK does it, not by UID.
            for (index, item) in scores.enumerated() where item.score > 0 { shares[index] += Double(item.score) }
            return everyone(FloatClipping.clipped(shares, limit: maximumShare))
        }
        let spare = Double(positive.count - max(minimumCount, 0)) / Double(positive.count)
        let quantile = min(Double(excludedQuantile) / 65_535, max(spare, 0))
        let least = FloatClipping.quantile(positive.map(\.score), Float(quantile))
        let kept = positive.filter { $0.score >= least }
        let shares = FloatClipping.clipped(kept.map(\.score), limit: maximumShare)
        return zip(kept, shares).map { ($0.uid, Double($1)) }
    }

    private static func everyone(_ shares: [Double]) -> [(uid: UID, score: Double)] {
        shares.enumerated().map { (UID(UInt16(truncatingIfNeeded: $0)), $1) }
    }
}

/// NumPy's arithmetic in the precision of its input.
enum FloatClipping {
    /// Cuts shares so that none exceeds `limit` once they add up to 1 again.
    ///
    /// - Source: bittensor 10.5.0, `normalize_max_weight`.
    static func clipped<F: BinaryFloatingPoint>(_ shares: [F], limit: Double) -> [F] {
        let count = shares.count
        let bound = F(limit)
        let epsilon = F(1e-7)
        if sum(shares[...]) == 0 || Double(count) * limit <= 1 {
            return Array(repeating: 1 / F(max(count, 1)), count: count)
        }
        let sorted = shares.sorted()
        let total = sum(sorted[...])
        let estimation = sorted.map { $0 / total }
        if let largest = estimation.last, largest <= bound {
            let whole = sum(shares[...])
            return shares.map { $0 / whole }
        }
        var running: F = 0
        let cumulative = estimation.map { share in
            running += share
            return running
        }
        let below = estimation.indices.count { index in
            let rest = F(count - index - 1) * estimation[index]
            return estimation[index] / (rest + cumulative[index] + epsilon) < bound
        }
        // With none the reference reads the last sum, as Python's index -1 does.
        let scale =
            Double(bound * cumulative[below == 0 ? count - 1 : below - 1] - epsilon)
            / (1 - limit * Double(count - below))
        let cutoff = scale * Double(total)
        let cut = shares.map { Double($0) > cutoff ? F(cutoff) : $0 }
        let cutTotal = sum(cut[...])
        return cut.map { $0 / cutTotal }
    }

    /// The value below which this share of the values lies, interpolated linearly.
    static func quantile(_ values: [Float], _ share: Float) -> Float {
        let sorted = values.sorted()
        guard let last = sorted.indices.last, share >= 0, share <= 1 else { return sorted.first ?? 0 }
        let position = Float(last) * share
        let lower = min(Int(position.rounded(.down)), last)
        let fraction = position - Float(lower)
        let (low, high) = (sorted[lower], sorted[min(lower + 1, last)])
        return fraction >= 0.5 ? high - (high - low) * (1 - fraction) : low + (high - low) * fraction
    }

    /// NumPy's pairwise sum: eight running sums per block of 128.
    static func sum<F: BinaryFloatingPoint>(_ values: ArraySlice<F>) -> F {
        let count = values.count
        let start = values.startIndex
        if count < 8 { return values.reduce(0, +) }
        guard count <= 128 else {
            let half = count / 2 - count / 2 % 8
            return sum(values.prefix(half)) + sum(values.dropFirst(half))
        }
        var sums = Array(values.prefix(8))
        let whole = count - count % 8
        for index in 8..<max(whole, 8) { sums[index % 8] += values[start + index] }
        var total = ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]))
        for index in whole..<count { total += values[start + index] }
        return total
    }
}
