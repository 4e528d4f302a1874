import Testing

@testable import Signing

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
