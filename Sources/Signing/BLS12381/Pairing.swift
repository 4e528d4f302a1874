/// The optimal ate pairing e: G1 × G2 → the r-th roots of unity of Fp12.
///
/// Implementations agree on e only up to a fixed power. This is the value that arkworks and blst compute: the Miller loop
/// conjugated because the curve's parameter x is negative, then the power of 3(p¹² - 1)/r. Nothing but a vector shows the
/// difference to other conventions: all are bilinear.
///
/// - Source: draft-irtf-cfrg-pairing-friendly-curves, 4.2.1; D. Hayashida, K. Hayasaka, T. Teruya, "Efficient final
///   exponentiation via cyclotomic structure for pairings over families of elliptic curves" (2020).
enum Pairing {
    /// |x|; x itself is negative.
    static let parameter: [UInt64] = [0xd201_0000_0001_0000]

    /// - Returns: one when either point is infinity.
    static func value(_ p: G1Point, _ q: G2Point) -> Fp12 { finalExponentiation(millerLoop(p, q)) }

    /// Whether e(a, b) = e(c, d), with one exponentiation for both sides.
    static func areEqual(_ left: (G1Point, G2Point), _ right: (G1Point, G2Point)) -> Bool {
        finalExponentiation(millerLoop(left.0, left.1) * millerLoop(-right.0, right.1)) == .one
    }

    // MARK: Miller loop

    /// f_{x,q}(p), up to factors that the final exponentiation maps to one.
    static func millerLoop(_ p: G1Point, _ q: G2Point) -> Fp12 {
        guard let p = p.affine, let (qx, qy) = q.affine else { return .one }
        let step = G2Point(x: qx, y: qy)
        var running = step
        var value = Fp12.one
        for bit in BitsFromHighest(of: parameter).dropFirst() {
            value = value.squared * tangent(at: running, evaluatedAt: p)
            running = running.doubled
            if bit {
                value = value * chord(through: running, and: step, evaluatedAt: p)
                running = running + step
            }
        }
        return value.conjugate
    }

    /// The tangent of the twisted curve at a point, brought back to the curve over Fp12 and evaluated at p.
    ///
    /// With the slope λ' on the twist, where (x', y') stands for (x'/w², y'/w³), the line is
    /// (λ'x' - y') - λ'·x_p·w² + y_p·w³ up to a factor; that factor and those which clear the denominators lie in proper
    /// subfields.
    private static func tangent(at t: G2Point, evaluatedAt p: (x: Fp, y: Fp)) -> Fp12 {
        let xSquare = t.x.squared
        let zSquare = t.z.squared
        let slope = xSquare.doubled + xSquare
        return line(
            constant: slope * t.x - t.y.squared.doubled,
            x: -(slope * zSquare) * p.x,
            y: (t.y * t.z).doubled * zSquare * p.y)
    }

    /// The same for the line through a point and the loop's own point, whose z is one.
    private static func chord(through t: G2Point, and q: G2Point, evaluatedAt p: (x: Fp, y: Fp)) -> Fp12 {
        let zSquare = t.z.squared
        let slope = q.y * zSquare * t.z - t.y
        let scale = (q.x * zSquare - t.x) * t.z
        return line(constant: slope * q.x - scale * q.y, x: -slope * p.x, y: scale * p.y)
    }

    /// constant + x·w² + y·w³.
    private static func line(constant: Fp2, x: Fp2, y: Fp2) -> Fp12 {
        Fp12(c0: Fp6(c0: constant, c1: x, c2: .zero), c1: Fp6(c0: .zero, c1: y, c2: .zero))
    }

    // MARK: Final exponentiation

    /// The power of 3(p¹² - 1)/r = (p⁶ - 1)(p² + 1)·((x - 1)²(x + p)(x² + p² - 1) + 3).
    static func finalExponentiation(_ value: Fp12) -> Fp12 {
        let first = value.conjugate * value.inverse
        let unit = first.frobenius.frobenius * first
        // From here on inverses are conjugates.
        let a = powerOfParameter(unit) * unit.conjugate
        let b = powerOfParameter(a) * a.conjugate
        let c = powerOfParameter(b) * b.frobenius
        let d = powerOfParameter(powerOfParameter(c)) * c.frobenius.frobenius * c.conjugate
        return d * unit.squared * unit
    }

    /// The power of x, which is negative, of an element whose inverse is its conjugate.
    private static func powerOfParameter(_ element: Fp12) -> Fp12 { element.power(parameter).conjugate }
}
