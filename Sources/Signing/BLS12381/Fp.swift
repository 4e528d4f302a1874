/// An element of BLS12-381's base field: integers modulo a prime p of 381 bits.
///
/// It is kept in Montgomery form, value · 2^384 mod p, in six words of which the first is the least significant. The
/// form is always reduced below p, so equal elements have equal words.
///
/// - Source: draft-irtf-cfrg-pairing-friendly-curves, 4.2.1 (parameters of BLS12-381).
struct Fp: FieldElement {
    typealias Words = InlineArray<6, UInt64>

    private let montgomery: Words

    @inline(__always)
    private init(montgomery: Words) { self.montgomery = montgomery }

    static let zero = Fp(montgomery: Words(repeating: 0))
    /// 2^384 mod p.
    static let one = Fp(montgomery: [
        0x7609_0000_0002_fffd, 0xebf4_000b_c40c_0002, 0x5f48_9857_53c7_58ba,
        0x77ce_5853_7052_5745, 0x5c07_1a97_a256_ec6d, 0x15f6_5ec3_fa80_e493,
    ])
    /// 2^768 mod p, whose Montgomery product with a number is that number's Montgomery form.
    private static let toMontgomery = Fp(montgomery: [
        0xf4df_1f34_1c34_1746, 0x0a76_e6a6_09d1_04f1, 0x8de5_476c_4c95_b6d5,
        0x67eb_88a9_939d_83c0, 0x9a79_3e85_b519_952d, 0x1198_8fe5_92ca_e3aa,
    ])

    @inline(__always)
    private static var modulus: Words {
        [
            0xb9fe_ffff_ffff_aaab, 0x1eab_fffe_b153_ffff, 0x6730_d2a0_f6b0_f624,
            0x6477_4b84_f385_12bf, 0x4b1b_a7b6_434b_acd7, 0x1a01_11ea_397f_e69a,
        ]
    }
    /// -1/p mod 2^64.
    @inline(__always)
    private static var negatedInverse: UInt64 { 0x89f3_fffc_fffc_fffd }

    /// The element of a number; nil when the number is not below p and so not in its only form.
    ///
    /// - Parameter words: the least significant first.
    init?(words: Words) {
        guard Self.isBelowModulus(words) else { return nil }
        self = Fp(montgomery: words) * .toMontgomery
    }

    init(_ small: UInt64) {
        self = Fp(montgomery: [small, 0, 0, 0, 0, 0]) * .toMontgomery
    }

    /// The number below p, the least significant word first.
    var words: Words { (self * Fp(montgomery: [1, 0, 0, 0, 0, 0])).montgomery }

    static func == (left: Fp, right: Fp) -> Bool {
        var difference: UInt64 = 0
        for index in 0..<6 { difference |= left.montgomery[index] ^ right.montgomery[index] }
        return difference == 0
    }
}

// MARK: - Arithmetic

extension Fp {
    static func + (left: Fp, right: Fp) -> Fp {
        // Both are below p < 2^382, so the sum fits six words.
        let (left, right) = (left.montgomery, right.montgomery)
        var sum = Words(repeating: 0)
        var carry: UInt64 = 0
        for index in 0..<6 {
            (carry, sum[index]) = add(left[index], right[index], carry)
        }
        return Fp(montgomery: reduced(sum))
    }

    static func - (left: Fp, right: Fp) -> Fp {
        let (left, right) = (left.montgomery, right.montgomery)
        var difference = Words(repeating: 0)
        var borrow: UInt64 = 0
        for index in 0..<6 {
            (borrow, difference[index]) = subtract(left[index], right[index], borrow)
        }
        guard borrow != 0 else { return Fp(montgomery: difference) }
        let modulus = Self.modulus
        var carry: UInt64 = 0
        for index in 0..<6 {
            (carry, difference[index]) = add(difference[index], modulus[index], carry)
        }
        return Fp(montgomery: difference)
    }

    static prefix func - (element: Fp) -> Fp { .zero - element }

    /// Montgomery's product, word by word: add `left` times one word of `right`, then the multiple of p that makes the
    /// lowest word zero, and drop that word. p leaves the top bits of its highest word free, so no carry leaves it.
    static func * (left: Fp, right: Fp) -> Fp {
        let (modulus, left, right) = (Self.modulus, left.montgomery, right.montgomery)
        var sum = Words(repeating: 0)
        for index in 0..<6 {
            let word = right[index]
            var (carry, low) = multiplyAdd(left[0], word, sum[0], 0)
            let multiple = low &* negatedInverse
            var (reduction, _) = multiplyAdd(multiple, modulus[0], low, 0)
            for place in 1..<6 {
                (carry, low) = multiplyAdd(left[place], word, sum[place], carry)
                (reduction, sum[place - 1]) = multiplyAdd(multiple, modulus[place], low, reduction)
            }
            sum[5] = carry &+ reduction
        }
        return Fp(montgomery: reduced(sum))
    }

    var squared: Fp { self * self }

    /// By Fermat: the power of p - 2.
    var inverse: Fp {
        power([
            0xb9fe_ffff_ffff_aaa9, 0x1eab_fffe_b153_ffff, 0x6730_d2a0_f6b0_f624,
            0x6477_4b84_f385_12bf, 0x4b1b_a7b6_434b_acd7, 0x1a01_11ea_397f_e69a,
        ])
    }

    /// One of the two roots; nil when there is none. p is 3 mod 4, so the power of (p + 1)/4 is a root if one exists.
    var squareRoot: Fp? {
        let root = power([
            0xee7f_bfff_ffff_eaab, 0x07aa_ffff_ac54_ffff, 0xd9cc_34a8_3dac_3d89,
            0xd91d_d2e1_3ce1_44af, 0x92c6_e9ed_90d2_eb35, 0x0680_447a_8e5f_f9a6,
        ])
        return root.squared == self ? root : nil
    }

    // MARK: Words

    /// A number below 2p, reduced.
    @inline(__always)
    private static func reduced(_ words: Words) -> Words {
        let modulus = Self.modulus
        var difference = Words(repeating: 0)
        var borrow: UInt64 = 0
        for index in 0..<6 {
            (borrow, difference[index]) = subtract(words[index], modulus[index], borrow)
        }
        return borrow == 0 ? difference : words
    }

    private static func isBelowModulus(_ words: Words) -> Bool {
        let modulus = Self.modulus
        var borrow: UInt64 = 0
        for index in 0..<6 { (borrow, _) = subtract(words[index], modulus[index], borrow) }
        return borrow != 0
    }

    @inline(__always)
    private static func add(_ left: UInt64, _ right: UInt64, _ carry: UInt64) -> (carry: UInt64, sum: UInt64) {
        let partial = left &+ right
        let sum = partial &+ carry
        return ((partial < right ? 1 : 0) &+ (sum < carry ? 1 : 0), sum)
    }

    @inline(__always)
    private static func subtract(_ left: UInt64, _ right: UInt64, _ borrow: UInt64) -> (borrow: UInt64, rest: UInt64) {
        let partial = left &- right
        return ((left < right ? 1 : 0) &+ (partial < borrow ? 1 : 0), partial &- borrow)
    }

    /// `left * right + addend + carry`, which always fits two words.
    @inline(__always)
    private static func multiplyAdd(
        _ left: UInt64, _ right: UInt64, _ addend: UInt64, _ carry: UInt64
    ) -> (high: UInt64, low: UInt64) {
        let product = left.multipliedFullWidth(by: right)
        let partial = product.low &+ addend
        let low = partial &+ carry
        return (product.high &+ (partial < addend ? 1 : 0) &+ (low < carry ? 1 : 0), low)
    }
}
