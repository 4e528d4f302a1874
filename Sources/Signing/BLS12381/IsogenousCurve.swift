/// The curve y² = x³ + ax + b that simplified SWU maps to, and the isogeny of degree 11 from it to G1's curve, for which
/// the map itself has no form.
///
/// - Source: RFC 9380, 8.8.1.
enum IsogenousCurve {
    private static let a = Fp(
        constant: "144698a3b8e9433d693a02c96d4982b0ea985383ee66a8d8e8981aefd881ac98"
            + "936f8da0e0f97f5cf428082d584c1d")
    private static let b = Fp(
        constant: "12e2908d11688030018b12e8753eee3b2016c1f0f24f4070a0b9c14fcef35ef5"
            + "5a23215a316ceaa5d1cc48e98e172be0")
    /// Z, which is no square.
    private static let z = Fp(11)

    /// - Source: RFC 9380, 6.6.2.
    static func point(of u: Fp) -> (x: Fp, y: Fp) {
        let zu = z * u.squared
        let inverse = (zu.squared + zu).inverse
        let x1 = inverse.isZero ? b * (z * a).inverse : -b * a.inverse * (.one + inverse)
        let x: Fp
        let root: Fp
        if let first = value(x1).squareRoot {
            (x, root) = (x1, first)
        } else {
            // One of the two values is a square, whatever u is.
            x = zu * x1
            root = value(x).squareRoot ?? .zero
        }
        return (x, u.isOdd == root.isOdd ? root : -root)
    }

    private static func value(_ x: Fp) -> Fp { (x.squared + a) * x + b }

    /// - Source: RFC 9380, 6.6.3 and appendix E.2.
    static func image(of point: (x: Fp, y: Fp)) -> G1Point {
        let (x, y) = point
        let xDenominator = polynomial(IsogenyCoefficients.xDenominator, at: x)
        let yDenominator = polynomial(IsogenyCoefficients.yDenominator, at: x)
        guard !xDenominator.isZero, !yDenominator.isZero else { return .infinity }
        return G1Point(
            x: polynomial(IsogenyCoefficients.xNumerator, at: x) * xDenominator.inverse,
            y: y * polynomial(IsogenyCoefficients.yNumerator, at: x) * yDenominator.inverse)
    }

    private static func polynomial(_ coefficients: [Fp], at x: Fp) -> Fp {
        coefficients.reversed().reduce(.zero) { $0 * x + $1 }
    }
}
