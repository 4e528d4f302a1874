/// Arithmetic that the fields of BLS12-381 share, so that curves and towers are written once.
///
/// No operation traps, and none takes constant time: nothing here works on a long-lived secret.
protocol FieldElement: Equatable, Sendable {
    static var zero: Self { get }
    static var one: Self { get }

    static func + (left: Self, right: Self) -> Self
    static func - (left: Self, right: Self) -> Self
    static func * (left: Self, right: Self) -> Self
    static prefix func - (element: Self) -> Self

    var squared: Self { get }
    /// One over the element; zero for zero, as `inv0` of RFC 9380.
    var inverse: Self { get }
}

extension FieldElement {
    @inline(__always)
    var isZero: Bool { self == .zero }

    @inline(__always)
    var doubled: Self { self + self }

    /// Square-and-multiply from the exponent's highest bit.
    ///
    /// - Parameter exponent: words, the least significant first.
    func power(_ exponent: [UInt64]) -> Self {
        var result = Self.one
        for bit in BitsFromHighest(of: exponent) {
            result = result.squared
            if bit { result = result * self }
        }
        return result
    }
}

/// The bits of a number, the highest one that is set first.
struct BitsFromHighest: Sequence, IteratorProtocol {
    private let words: [UInt64]
    private var remaining: Int

    /// - Parameter words: the least significant first.
    init(of words: [UInt64]) {
        self.words = words
        remaining = 0
        for (index, word) in words.enumerated() where word != 0 {
            remaining = 64 * (index + 1) - word.leadingZeroBitCount
        }
    }

    mutating func next() -> Bool? {
        guard remaining > 0 else { return nil }
        remaining -= 1
        return words[remaining >> 6] >> UInt64(remaining & 63) & 1 == 1
    }
}
