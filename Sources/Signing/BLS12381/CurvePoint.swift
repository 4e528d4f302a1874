/// A point of y² = x³ + b over one of the fields, in Jacobian coordinates: (x/z², y/z³), infinity where z is 0.
///
/// What ``init(compressed:)`` gives is in the group of order r; the arithmetic keeps it there.
struct CurvePoint<Coordinate: CurveCoordinate>: Equatable, Sendable {
    let x: Coordinate
    let y: Coordinate
    let z: Coordinate

    static var infinity: CurvePoint { CurvePoint(x: .one, y: .one, z: .zero) }

    private init(x: Coordinate, y: Coordinate, z: Coordinate) {
        self.x = x
        self.y = y
        self.z = z
    }

    /// The caller knows that the coordinates satisfy the curve's equation.
    init(x: Coordinate, y: Coordinate) { self.init(x: x, y: y, z: .one) }

    var isInfinity: Bool { z.isZero }

    /// The point's plain coordinates; nil for infinity.
    var affine: (x: Coordinate, y: Coordinate)? {
        guard !isInfinity else { return nil }
        let inverse = z.inverse
        let square = inverse.squared
        return (x * square, y * square * inverse)
    }

    static func == (left: CurvePoint, right: CurvePoint) -> Bool {
        guard !left.isInfinity, !right.isInfinity else { return left.isInfinity == right.isInfinity }
        let leftSquare = left.z.squared
        let rightSquare = right.z.squared
        return left.x * rightSquare == right.x * leftSquare
            && left.y * rightSquare * right.z == right.y * leftSquare * left.z
    }

    static prefix func - (point: CurvePoint) -> CurvePoint { CurvePoint(x: point.x, y: -point.y, z: point.z) }

    /// - Source: Explicit-Formulas Database, `dbl-2009-l` for curves without a linear term.
    var doubled: CurvePoint {
        let a = x.squared
        let b = y.squared
        let c = b.squared
        let d = ((x + b).squared - a - c).doubled
        let e = a.doubled + a
        let newX = e.squared - d.doubled
        let newY = e * (d - newX) - c.doubled.doubled.doubled
        return CurvePoint(x: newX, y: newY, z: (y * z).doubled)
    }

    static func + (left: CurvePoint, right: CurvePoint) -> CurvePoint {
        if left.isInfinity { return right }
        if right.isInfinity { return left }
        let leftSquare = left.z.squared
        let rightSquare = right.z.squared
        let u = left.x * rightSquare
        let s = left.y * rightSquare * right.z
        let h = right.x * leftSquare - u
        let r = right.y * leftSquare * left.z - s
        if h.isZero { return r.isZero ? left.doubled : .infinity }
        let square = h.squared
        let cube = square * h
        let v = u * square
        let newX = r.squared - cube - v.doubled
        return CurvePoint(x: newX, y: r * (v - newX) - s * cube, z: left.z * right.z * h)
    }

    /// The sum of as many of the point as the number says. It takes longer for more bits.
    ///
    /// - Parameter number: words, the least significant first.
    func multiplied(by number: [UInt64]) -> CurvePoint {
        var sum = Self.infinity
        for bit in BitsFromHighest(of: number) {
            sum = sum.doubled
            if bit { sum = sum + self }
        }
        return sum
    }

    func multiplied(by scalar: Scalar) -> CurvePoint { multiplied(by: scalar.words) }

    /// Whether the point is in the group of prime order that the pairing is defined for.
    var isInSubgroup: Bool { multiplied(by: Scalar.order).isInfinity }
}

/// A point over the base field. Signatures of the drand network and hashed messages are such points.
typealias G1Point = CurvePoint<Fp>
/// A point over the quadratic extension, of the twisted curve. Public keys are such points.
typealias G2Point = CurvePoint<Fp2>

extension CurvePoint where Coordinate == Fp {
    static let generator = CurvePoint(
        x: Fp(
            constant: "17f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac58"
                + "6c55e83ff97a1aeffb3af00adb22c6bb"),
        y: Fp(
            constant: "08b3f481e3aaa0f1a09e30ed741d8ae4fcf5e095d5d00af600db18cb2c04b3ed"
                + "d03cc744a2888ae40caa232946c5e7e1"))
}

extension CurvePoint where Coordinate == Fp2 {
    static let generator = CurvePoint(
        x: Fp2(
            c0: Fp(
                constant: "024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d177"
                    + "0bac0326a805bbefd48056c8c121bdb8"),
            c1: Fp(
                constant: "13e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049"
                    + "334cf11213945d57e5ac7d055d042b7e")),
        y: Fp2(
            c0: Fp(
                constant: "0ce5d527727d6e118cc9cdc6da2e351aadfd9baa8cbdd3a76d429a695160d12c"
                    + "923ac9cc3baca289e193548608b82801"),
            c1: Fp(
                constant: "0606c4a02ea734cc32acd2b02bc28b99cb3e287e85a763af267492ab572e99ab"
                    + "3f370d275cec1da1aaa9075ff05f79be")))
}
