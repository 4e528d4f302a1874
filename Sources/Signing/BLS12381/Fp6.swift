/// An element `c0 + c1·v + c2·v²` of the sextic extension, where v³ = u + 1.
struct Fp6: FieldElement {
    let c0: Fp2
    let c1: Fp2
    let c2: Fp2

    static let zero = Fp6(c0: .zero, c1: .zero, c2: .zero)
    static let one = Fp6(c0: .one, c1: .zero, c2: .zero)

    static func + (left: Fp6, right: Fp6) -> Fp6 {
        Fp6(c0: left.c0 + right.c0, c1: left.c1 + right.c1, c2: left.c2 + right.c2)
    }

    static func - (left: Fp6, right: Fp6) -> Fp6 {
        Fp6(c0: left.c0 - right.c0, c1: left.c1 - right.c1, c2: left.c2 - right.c2)
    }

    static prefix func - (element: Fp6) -> Fp6 { Fp6(c0: -element.c0, c1: -element.c1, c2: -element.c2) }

    /// The six products of a three-term Karatsuba.
    static func * (left: Fp6, right: Fp6) -> Fp6 {
        let p0 = left.c0 * right.c0
        let p1 = left.c1 * right.c1
        let p2 = left.c2 * right.c2
        let p12 = (left.c1 + left.c2) * (right.c1 + right.c2) - p1 - p2
        let p01 = (left.c0 + left.c1) * (right.c0 + right.c1) - p0 - p1
        let p02 = (left.c0 + left.c2) * (right.c0 + right.c2) - p0 - p2
        return Fp6(c0: p0 + p12.timesNonResidue, c1: p01 + p2.timesNonResidue, c2: p02 + p1)
    }

    var squared: Fp6 { self * self }

    /// The product with v, the number whose square root makes the next extension.
    var timesNonResidue: Fp6 { Fp6(c0: c2.timesNonResidue, c1: c0, c2: c1) }

    /// By the cofactors of the matrix that multiplies with the element.
    var inverse: Fp6 {
        let a = c0.squared - (c1 * c2).timesNonResidue
        let b = c2.squared.timesNonResidue - c0 * c1
        let c = c1.squared - c0 * c2
        let determinant = c0 * a + (c2 * b + c1 * c).timesNonResidue
        let scale = determinant.inverse
        return Fp6(c0: a * scale, c1: b * scale, c2: c * scale)
    }
}
