/// An element `c0 + c1·w` of the extension of degree twelve, where w² = v. The pairing's values live here.
struct Fp12: FieldElement {
    let c0: Fp6
    let c1: Fp6

    static let zero = Fp12(c0: .zero, c1: .zero)
    static let one = Fp12(c0: .one, c1: .zero)

    static func + (left: Fp12, right: Fp12) -> Fp12 { Fp12(c0: left.c0 + right.c0, c1: left.c1 + right.c1) }
    static func - (left: Fp12, right: Fp12) -> Fp12 { Fp12(c0: left.c0 - right.c0, c1: left.c1 - right.c1) }
    static prefix func - (element: Fp12) -> Fp12 { Fp12(c0: -element.c0, c1: -element.c1) }

    static func * (left: Fp12, right: Fp12) -> Fp12 {
        let low = left.c0 * right.c0
        let high = left.c1 * right.c1
        let both = (left.c0 + left.c1) * (right.c0 + right.c1)
        return Fp12(c0: low + high.timesNonResidue, c1: both - low - high)
    }

    /// (a + b)(a + vb) - ab - vab + 2ab·w.
    var squared: Fp12 {
        let product = c0 * c1
        let square = (c0 + c1) * (c0 + c1.timesNonResidue) - product - product.timesNonResidue
        return Fp12(c0: square, c1: product.doubled)
    }

    /// c0 - c1·w: the power of p⁶, and the inverse of a value of the pairing.
    var conjugate: Fp12 { Fp12(c0: c0, c1: -c1) }

    var inverse: Fp12 {
        let scale = (c0.squared - c1.squared.timesNonResidue).inverse
        return Fp12(c0: c0 * scale, c1: -(c1 * scale))
    }

    /// The power of p.
    ///
    /// Written as a sum of aᵢ·wⁱ with aᵢ in Fp2, each aᵢ becomes its conjugate and wⁱ gains γⁱ, γ = (u + 1)^((p - 1)/6).
    var frobenius: Fp12 {
        let powers = Self.frobeniusPowers
        return Fp12(
            c0: Fp6(
                c0: c0.c0.conjugate, c1: c0.c1.conjugate * powers[2], c2: c0.c2.conjugate * powers[4]),
            c1: Fp6(
                c0: c1.c0.conjugate * powers[1], c1: c1.c1.conjugate * powers[3], c2: c1.c2.conjugate * powers[5]))
    }

    /// γ⁰ to γ⁵.
    private static let frobeniusPowers: InlineArray<6, Fp2> = {
        let gamma = Fp2(
            c0: Fp(
                constant: "1904d3bf02bb0667c231beb4202c0d1f0fd603fd3cbd5f4f7b2443d784bab9c4"
                    + "f67ea53d63e7813d8d0775ed92235fb8"),
            c1: Fp(
                constant: "00fc3e2b36c4e03288e9e902231f9fb854a14787b6c7b36fec0c8ec971f63c5f"
                    + "282d5ac14d6c7ec22cf78a126ddc4af3"))
        var powers = InlineArray<6, Fp2>(repeating: .one)
        for index in 1..<6 { powers[index] = powers[index - 1] * gamma }
        return powers
    }()

    /// 576 bytes: the twelve coefficients in the order of the tower, each with its least significant byte first, as
    /// arkworks writes them.
    var littleEndianBytes: [UInt8] {
        [c0, c1].flatMap { [$0.c0, $0.c1, $0.c2] }.flatMap { $0.c0.littleEndianBytes + $0.c1.littleEndianBytes }
    }
}
