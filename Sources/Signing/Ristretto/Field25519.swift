/// A number modulo 2^255 - 19, in five words of 51 bits that may run over a little.
///
/// For public values only: the time of some operations depends on them.
///
/// - Source: RFC 9496, section 4 (ristretto255) for square roots, signs and encodings.
struct Field25519 {
    private static let mask: UInt64 = (1 << 51) - 1

    var l0: UInt64, l1: UInt64, l2: UInt64, l3: UInt64, l4: UInt64

    @inline(__always)
    init(_ l0: UInt64, _ l1: UInt64, _ l2: UInt64, _ l3: UInt64, _ l4: UInt64) {
        (self.l0, self.l1, self.l2, self.l3, self.l4) = (l0, l1, l2, l3, l4)
    }

    static let zero = Field25519(0, 0, 0, 0, 0)
    static let one = Field25519(1, 0, 0, 0, 0)
    /// The curve's constant -121665/121666.
    static let d = Field25519(
        0x3_4dca_1359_78a3, 0x1_a828_3b15_6ebd, 0x5_e7a2_6001_c029, 0x7_39c6_63a0_3cbb, 0x5_2036_cee2_b6ff)
    static let twoD = Field25519(
        0x6_9b94_26b2_f159, 0x3_5050_762a_dd7a, 0x3_cf44_c003_8052, 0x6_738c_c740_7977, 0x2_406d_9dc5_6dff)
    static let rootOfMinusOne = Field25519(
        0x6_1b27_4a0e_a0b0, 0xd5a5_fc8f_189d, 0x7_ef5e_9cbd_0c60, 0x7_8595_a680_4c9e, 0x2_b832_4804_fc1d)
    /// 1 / sqrt(-1 - d).
    static let inverseRootOfMinusOneMinusD = Field25519(
        0xfdaa_805d_40ea, 0x2_eb48_2e57_d339, 0x761_0274_bc58, 0x6_510b_613d_c8ff, 0x7_86c8_905c_faff)

    /// - Parameter bytes: 32, little-endian; the highest bit is left out.
    init(bytes: UnsafeRawBufferPointer) {
        func word(_ offset: Int) -> UInt64 {
            UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        }
        l0 = word(0) & Self.mask
        l1 = word(6) >> 3 & Self.mask
        l2 = word(12) >> 6 & Self.mask
        l3 = word(19) >> 1 & Self.mask
        l4 = word(24) >> 12 & Self.mask
    }

    /// The value's only form below 2^255 - 19, as four words of 64 bits.
    var canonicalWords: InlineArray<4, UInt64> {
        var f = carried()
        var q = (f.l0 &+ 19) >> 51
        q = (f.l1 &+ q) >> 51
        q = (f.l2 &+ q) >> 51
        q = (f.l3 &+ q) >> 51
        q = (f.l4 &+ q) >> 51
        f.l0 &+= 19 &* q
        f.l1 &+= f.l0 >> 51
        f.l0 &= Self.mask
        f.l2 &+= f.l1 >> 51
        f.l1 &= Self.mask
        f.l3 &+= f.l2 >> 51
        f.l2 &= Self.mask
        f.l4 &+= f.l3 >> 51
        f.l3 &= Self.mask
        f.l4 &= Self.mask
        return [
            f.l0 | f.l1 << 51, f.l1 >> 13 | f.l2 << 38, f.l2 >> 26 | f.l3 << 25, f.l3 >> 39 | f.l4 << 12,
        ]
    }

    var isZero: Bool {
        let words = canonicalWords
        return words[0] | words[1] | words[2] | words[3] == 0
    }

    /// Odd in its canonical form.
    var isNegative: Bool { canonicalWords[0] & 1 == 1 }

    @inline(__always)
    static func == (a: Field25519, b: Field25519) -> Bool { (a - b).isZero }

    @inline(__always)
    static func + (a: Field25519, b: Field25519) -> Field25519 {
        Field25519(a.l0 &+ b.l0, a.l1 &+ b.l1, a.l2 &+ b.l2, a.l3 &+ b.l3, a.l4 &+ b.l4)
    }

    /// 16 p is added, so that no word falls below zero; the result is carried.
    @inline(__always)
    static func - (a: Field25519, b: Field25519) -> Field25519 {
        Field25519(
            a.l0 &+ 0x7f_ffff_ffff_fed0 &- b.l0, a.l1 &+ 0x7f_ffff_ffff_fff0 &- b.l1,
            a.l2 &+ 0x7f_ffff_ffff_fff0 &- b.l2,
            a.l3 &+ 0x7f_ffff_ffff_fff0 &- b.l3, a.l4 &+ 0x7f_ffff_ffff_fff0 &- b.l4
        ).carried()
    }

    @inline(__always)
    static prefix func - (a: Field25519) -> Field25519 { zero - a }

    @inline(__always)
    private func carried() -> Field25519 {
        Field25519(
            (l0 & Self.mask) &+ 19 &* (l4 >> 51), (l1 & Self.mask) &+ l0 >> 51, (l2 & Self.mask) &+ l1 >> 51,
            (l3 & Self.mask) &+ l2 >> 51, (l4 & Self.mask) &+ l3 >> 51)
    }

    @inline(__always)
    private static func wide(_ a: UInt64, _ b: UInt64) -> UInt128 {
        UInt128(truncatingIfNeeded: a) &* UInt128(truncatingIfNeeded: b)
    }

    @inline(__always)
    static func * (a: Field25519, b: Field25519) -> Field25519 {
        let (b1, b2, b3, b4) = (b.l1 &* 19, b.l2 &* 19, b.l3 &* 19, b.l4 &* 19)
        let c0 = wide(a.l0, b.l0) &+ wide(a.l4, b1) &+ wide(a.l3, b2) &+ wide(a.l2, b3) &+ wide(a.l1, b4)
        let c1 = wide(a.l1, b.l0) &+ wide(a.l0, b.l1) &+ wide(a.l4, b2) &+ wide(a.l3, b3) &+ wide(a.l2, b4)
        let c2 = wide(a.l2, b.l0) &+ wide(a.l1, b.l1) &+ wide(a.l0, b.l2) &+ wide(a.l4, b3) &+ wide(a.l3, b4)
        let c3 = wide(a.l3, b.l0) &+ wide(a.l2, b.l1) &+ wide(a.l1, b.l2) &+ wide(a.l0, b.l3) &+ wide(a.l4, b4)
        let c4 = wide(a.l4, b.l0) &+ wide(a.l3, b.l1) &+ wide(a.l2, b.l2) &+ wide(a.l1, b.l3) &+ wide(a.l0, b.l4)
        return reduced(c0, c1, c2, c3, c4)
    }

    @inline(__always)
    var squared: Field25519 {
        let (two0, two1) = (l0 &* 2, l1 &* 2)
        let (n3, n4) = (l3 &* 19, l4 &* 19)
        let c0 = Self.wide(l0, l0) &+ Self.wide(two1, n4) &+ Self.wide(l2 &* 2, n3)
        let c1 = Self.wide(two0, l1) &+ Self.wide(l2 &* 2, n4) &+ Self.wide(l3, n3)
        let c2 = Self.wide(two0, l2) &+ Self.wide(l1, l1) &+ Self.wide(l3 &* 2, n4)
        let c3 = Self.wide(two0, l3) &+ Self.wide(two1, l2) &+ Self.wide(l4, n4)
        let c4 = Self.wide(two0, l4) &+ Self.wide(two1, l3) &+ Self.wide(l2, l2)
        return Self.reduced(c0, c1, c2, c3, c4)
    }

    @inline(__always)
    private static func reduced(
        _ c0: UInt128, _ c1: UInt128, _ c2: UInt128, _ c3: UInt128, _ c4: UInt128
    ) -> Field25519 {
        @inline(__always) func low(_ c: UInt128) -> UInt64 { UInt64(truncatingIfNeeded: c) & mask }
        @inline(__always) func high(_ c: UInt128) -> UInt64 { UInt64(truncatingIfNeeded: c &>> 51) }
        let d1 = c1 &+ UInt128(truncatingIfNeeded: high(c0))
        let d2 = c2 &+ UInt128(truncatingIfNeeded: high(d1))
        let d3 = c3 &+ UInt128(truncatingIfNeeded: high(d2))
        let d4 = c4 &+ UInt128(truncatingIfNeeded: high(d3))
        let l0 = low(c0) &+ high(d4) &* 19
        return Field25519(l0 & mask, low(d1) &+ l0 >> 51, low(d2), low(d3), low(d4))
    }

    private func squared(_ times: Int) -> Field25519 {
        var result = self
        for _ in 0..<times { result = result.squared }
        return result
    }

    /// The power (p - 5) / 8 = 2^252 - 3.
    private var rootPower: Field25519 {
        let x2 = squared * self  // 2^2 - 1
        let x4 = x2.squared(2) * x2
        let x5 = x4.squared * self
        let x10 = x5.squared(5) * x5
        let x20 = x10.squared(10) * x10
        let x40 = x20.squared(20) * x20
        let x50 = x40.squared(10) * x10
        let x100 = x50.squared(50) * x50
        let x200 = x100.squared(100) * x100
        let x250 = x200.squared(50) * x50
        return x250.squared(2) * self
    }

    /// 1 / sqrt(self) if self is a square, and not negative; `isSquare` is false otherwise.
    var inverseRoot: (isSquare: Bool, root: Field25519) {
        let cube = squared * self
        var root = cube * (cube.squared * self).rootPower
        let check = self * root.squared
        let isSquare = check == .one
        let isFlipped = check == -Self.one
        if isFlipped || check == -Self.rootOfMinusOne { root = root * Self.rootOfMinusOne }
        return (isSquare || isFlipped, root.isNegative ? -root : root)
    }
}
