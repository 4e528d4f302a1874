/// A number that points are multiplied with, below the order r of the groups.
struct Scalar: Equatable, Sendable {
    /// The least significant first.
    let words: [UInt64]

    /// r, the prime order of both groups; the least significant word first.
    static let order: [UInt64] = [
        0xffff_ffff_0000_0001, 0x53bd_a402_fffe_5bfe, 0x3339_d808_09a1_d805, 0x73ed_a753_299d_7d48,
    ]

    /// A hash as a number modulo r.
    ///
    /// - Parameter bytes: at most 32, the most significant first.
    init(reducing bytes: [UInt8]) {
        var words: [UInt64] = [0, 0, 0, 0]
        for (place, byte) in bytes.suffix(32).reversed().enumerated() {
            words[place >> 3] |= UInt64(byte) << UInt64(8 * (place & 7))
        }
        // 2^256 is below 3r.
        while let rest = Self.subtract(Self.order, from: words) { words = rest }
        self.words = words
    }

    /// 32 bytes, the most significant first.
    var bigEndianBytes: [UInt8] {
        words.reversed().flatMap { word in
            stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: word >> UInt64($0)) }
        }
    }

    /// nil when the difference would be negative.
    private static func subtract(_ small: [UInt64], from large: [UInt64]) -> [UInt64]? {
        var rest: [UInt64] = []
        var borrow = false
        for (left, right) in zip(large, small) {
            let (partial, first) = left.subtractingReportingOverflow(right)
            let (word, second) = partial.subtractingReportingOverflow(borrow ? 1 : 0)
            rest.append(word)
            borrow = first || second
        }
        return borrow ? nil : rest
    }
}
