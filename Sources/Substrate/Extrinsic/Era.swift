/// How long an extrinsic stays valid.
///
/// - Source: `sp_runtime::generic::Era`.
public enum Era: Hashable, Sendable {
    case immortal
    /// Valid for `period` blocks (a power of two, 4 to 65536) from the last block whose number is `phase` modulo it.
    case mortal(period: UInt64, phase: UInt64)

    /// The era of about `period` blocks that starts at `current` or a little before.
    public init(period: UInt64, current: UInt64) {
        let clamped = min(max(period, 4), 65_536)
        // The next power of two.
        let period = clamped.nonzeroBitCount == 1 ? clamped : 1 << UInt64(64 - clamped.leadingZeroBitCount)
        let quantum = max(period >> 12, 1)
        self = .mortal(period: period, phase: current % period / quantum * quantum)
    }

    /// The block from which the era counts, given a block within it; its hash is signed.
    public func birth(current: UInt64) -> UInt64 {
        guard case .mortal(let period, let phase) = self, period > 0 else { return 0 }
        return (max(current, phase) - phase) / period * period + phase
    }

    /// The first block that no longer takes the extrinsic.
    public func death(current: UInt64) -> UInt64 {
        guard case .mortal(let period, _) = self else { return .max }
        return birth(current: current).addingReportingOverflow(period).partialValue
    }

    /// One byte for immortal, two otherwise.
    public var encoded: [UInt8] {
        guard case .mortal(let period, let phase) = self, period > 0 else { return [0] }
        let exponent = min(max(UInt64(period.trailingZeroBitCount), 2) - 1, 15)
        let word = exponent | (phase / max(period >> 12, 1)) << 4
        return [UInt8(truncatingIfNeeded: word), UInt8(truncatingIfNeeded: word >> 8)]
    }

    public init(from decoder: inout ScaleDecoder) throws(SubstrateError) {
        let first = try decoder.byte()
        if first == 0 {
            self = .immortal
            return
        }
        let word = UInt64(first) | UInt64(try decoder.byte()) << 8
        let period: UInt64 = 2 << (word & 15)
        let phase = (word >> 4) * max(period >> 12, 1)
        guard period >= 4, phase < period else { throw .malformed("an era of period \(period), phase \(phase)") }
        self = .mortal(period: period, phase: phase)
    }
}
