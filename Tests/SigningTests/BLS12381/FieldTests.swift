import Testing

@testable import Signing

@Suite("BLS12-381: the base field") struct FpTests {
    /// p as text.
    static let modulus =
        "1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab"

    @Test("takes 48 bytes below the modulus and gives them back") func canonical() throws {
        var bytes = try Hex.decode(Self.modulus)
        #expect(Fp(bigEndian: bytes) == nil)
        bytes[47] -= 1
        let largest = try #require(Fp(bigEndian: bytes))
        #expect(largest == -Fp.one)
        #expect(largest.bigEndianBytes == bytes)
        #expect(largest.littleEndianBytes == bytes.reversed())
        #expect(Fp(bigEndian: [UInt8](repeating: 0xff, count: 48)) == nil)
        #expect(Fp(bigEndian: bytes.dropLast()) == nil)
        #expect(Fp(bigEndian: bytes + [0]) == nil)
        #expect(Fp(bigEndian: [UInt8](repeating: 0, count: 48)) == .zero)
    }

    @Test("obeys a field's laws at its edges and elsewhere") func laws() {
        var source = FieldSource()
        let samples = [.zero, .one, -Fp.one, Fp(2), source.fp(), source.fp(), source.fp()]
        for a in samples {
            #expect(a + -a == .zero)
            #expect(a * a.inverse == (a.isZero ? .zero : .one))
            #expect(a.squared.squareRoot.map { $0 == a || $0 == -a } == true)
            for b in samples {
                #expect(a - b == -(b - a))
                #expect(a * b == b * a)
                #expect((a + b).squared == a.squared + (a * b).doubled + b.squared)
            }
        }
    }

    @Test("reduces 64 bytes") func reduction() throws {
        let modulus = try Hex.decode(Self.modulus)
        #expect(Fp(reducing: [UInt8](repeating: 0, count: 16) + modulus) == .zero)
        // 2^512 - 1 = (2^256 - 1)·2^256 + (2^256 - 1).
        let half = Fp(2).power([256])
        #expect(Fp(reducing: [UInt8](repeating: 0xff, count: 64)) == half.squared - .one)
    }

    @Test("says which one of an element and its negation is the greater") func sign() {
        var source = FieldSource()
        #expect(!Fp.zero.isLexicographicallyLargest)
        #expect(!Fp.one.isLexicographicallyLargest)
        #expect((-Fp.one).isLexicographicallyLargest)
        for _ in 0..<20 {
            let element = source.fp()
            #expect(element.isLexicographicallyLargest != (-element).isLexicographicallyLargest)
        }
    }
}

@Suite("BLS12-381: the extensions") struct ExtensionFieldTests {
    @Test("obey a field's laws") func laws() {
        var source = FieldSource()
        check(source.fp2(), source.fp2(), source.fp2())
        check(source.fp6(), source.fp6(), source.fp6())
        check(source.fp12(), source.fp12(), source.fp12())
    }

    private func check<F: FieldElement>(_ a: F, _ b: F, _ c: F) {
        #expect(a * a.inverse == .one)
        #expect(F.zero.inverse == .zero)
        #expect((a * b) * c == a * (b * c))
        #expect(a * (b - c) == a * b - a * c)
        #expect(a.squared == a * a)
        #expect(a.power([5]) == a.squared.squared * a)
        #expect(-a + a == .zero)
    }

    @Test("multiply with the numbers that they were made from") func nonResidues() {
        var source = FieldSource()
        let (a, b) = (source.fp2(), source.fp6())
        #expect(a.timesNonResidue == a * Fp2(c0: .one, c1: .one))
        #expect(b.timesNonResidue == b * Fp6(c0: .zero, c1: .one, c2: .zero))
    }

    @Test("have roots of squares and of nothing else") func roots() {
        var source = FieldSource()
        for element in [source.fp2(), Fp2(c0: Fp(3), c1: .zero), Fp2(c0: .zero, c1: Fp(3)), -Fp2.one, .zero] {
            #expect(element.squared.squareRoot.map { $0 == element || $0 == -element } == true)
        }
        // u + 1 is no square, or Fp12 would not be a field.
        #expect(Fp2(c0: .one, c1: .one).squareRoot == nil)
    }

    @Test("raise to the power of p") func frobenius() {
        var source = FieldSource()
        let (a, b) = (source.fp12(), source.fp12())
        #expect((a * b).frobenius == a.frobenius * b.frobenius)
        var sixth = a
        for _ in 0..<6 { sixth = sixth.frobenius }
        #expect(sixth == a.conjugate)
        let p: [UInt64] = [
            0xb9fe_ffff_ffff_aaab, 0x1eab_fffe_b153_ffff, 0x6730_d2a0_f6b0_f624,
            0x6477_4b84_f385_12bf, 0x4b1b_a7b6_434b_acd7, 0x1a01_11ea_397f_e69a,
        ]
        #expect(a.frobenius == a.power(p))
    }
}

/// Elements that are the same in each run.
struct FieldSource {
    private var counter: UInt8 = 0

    mutating func fp() -> Fp {
        counter += 1
        return Fp(reducing: Hash.sha512([counter]))
    }
    mutating func fp2() -> Fp2 { Fp2(c0: fp(), c1: fp()) }
    mutating func fp6() -> Fp6 { Fp6(c0: fp2(), c1: fp2(), c2: fp2()) }
    mutating func fp12() -> Fp12 { Fp12(c0: fp6(), c1: fp6()) }
}
