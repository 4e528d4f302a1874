/// An element `c0 + c1·u` of the quadratic extension, where u² = -1.
struct Fp2: FieldElement {
    let c0: Fp
    let c1: Fp

    static let zero = Fp2(c0: .zero, c1: .zero)
    static let one = Fp2(c0: .one, c1: .zero)

    static func + (left: Fp2, right: Fp2) -> Fp2 { Fp2(c0: left.c0 + right.c0, c1: left.c1 + right.c1) }
    static func - (left: Fp2, right: Fp2) -> Fp2 { Fp2(c0: left.c0 - right.c0, c1: left.c1 - right.c1) }
    static prefix func - (element: Fp2) -> Fp2 { Fp2(c0: -element.c0, c1: -element.c1) }

    /// Karatsuba's three products instead of four.
    static func * (left: Fp2, right: Fp2) -> Fp2 {
        let low = left.c0 * right.c0
        let high = left.c1 * right.c1
        let both = (left.c0 + left.c1) * (right.c0 + right.c1)
        return Fp2(c0: low - high, c1: both - low - high)
    }

    static func * (left: Fp2, right: Fp) -> Fp2 { Fp2(c0: left.c0 * right, c1: left.c1 * right) }

    /// (a + b)(a - b) + 2ab·u.
    var squared: Fp2 { Fp2(c0: (c0 + c1) * (c0 - c1), c1: (c0 * c1).doubled) }

    /// c0 - c1·u, which is also the power of p.
    var conjugate: Fp2 { Fp2(c0: c0, c1: -c1) }

    /// The element times its conjugate, which is in the base field.
    private var norm: Fp { c0.squared + c1.squared }

    var inverse: Fp2 { conjugate * norm.inverse }

    /// The product with u + 1, the number whose cube root makes the next extension.
    var timesNonResidue: Fp2 { Fp2(c0: c0 - c1, c1: c0 + c1) }

    /// One of the two roots; nil when there is none.
    ///
    /// A root `x + y·u` has x² - y² = c0 and 2xy = c1, so x² is (c0 ± √norm)/2 for one of the signs.
    var squareRoot: Fp2? {
        guard !c1.isZero else {
            if let root = c0.squareRoot { return Fp2(c0: root, c1: .zero) }
            return (-c0).squareRoot.map { Fp2(c0: .zero, c1: $0) }
        }
        guard let norm = norm.squareRoot else { return nil }
        let half = Fp(2).inverse
        guard let x = ((c0 + norm) * half).squareRoot ?? ((c0 - norm) * half).squareRoot else { return nil }
        let root = Fp2(c0: x, c1: c1 * x.doubled.inverse)
        return root.squared == self ? root : nil
    }
}
