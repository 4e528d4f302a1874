/// A point of ristretto255, as a point of the twisted Edwards curve behind Curve25519 in extended coordinates.
///
/// For public values only: times depend on them. Secrets are multiplied by libsodium.
///
/// - Source: RFC 9496 (encoding); Hisil, Wong, Carter and Dawson 2008 (formulas for a = -1).
struct RistrettoPoint {
    private var x: Field25519, y: Field25519, z: Field25519, t: Field25519

    /// What adding a point takes: y + x, y - x, 2 z, 2 d t.
    struct Addend {
        let sum: Field25519, difference: Field25519, twoZ: Field25519, twoDT: Field25519
    }

    static let identity = RistrettoPoint(x: .zero, y: .one, z: .one, t: .zero)
    static let base = RistrettoPoint(
        x: Field25519(
            0x6_2d60_8f25_d51a, 0x4_12a4_b4f6_592a, 0x7_5b71_71a4_b31d, 0x1_ff60_5271_18fe, 0x2_1693_6d3c_d6e5),
        y: Field25519(
            0x6_6666_6666_6658, 0x4_cccc_cccc_cccc, 0x1_9999_9999_9999, 0x3_3333_3333_3333, 0x6_6666_6666_6666),
        z: .one,
        t: Field25519(0x6_8ab3_a5b7_dda3, 0xeea_2a5e_adbb, 0x2_af8d_f483_c27e, 0x3_32b3_7527_4732, 0x6_7875_f0fd_78b7))

    private init(x: Field25519, y: Field25519, z: Field25519, t: Field25519) {
        (self.x, self.y, self.z, self.t) = (x, y, z, t)
    }

    /// - Parameter bytes: 32; nil when they are not the one encoding of a point.
    init?(_ bytes: UnsafeRawBufferPointer) {
        let s = Field25519(bytes: bytes)
        let words = s.canonicalWords
        for index in 0..<4 {
            let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8 * index, as: UInt64.self))
            guard word == words[index] else { return nil }
        }
        guard words[0] & 1 == 0 else { return nil }
        let square = s.squared
        let u1 = Field25519.one - square
        let u2 = Field25519.one + square
        let u2Square = u2.squared
        let v = -(Field25519.d * u1.squared) - u2Square
        let (isSquare, root) = (v * u2Square).inverseRoot
        let dx = root * u2
        let dy = root * dx * v
        var x = (s + s) * dx
        if x.isNegative { x = -x }
        let y = u1 * dy
        let t = x * y
        guard isSquare, !t.isNegative, !y.isZero else { return nil }
        self.init(x: x, y: y, z: .one, t: t)
    }

    /// The one encoding, as four words of 64 bits.
    var encoded: InlineArray<4, UInt64> {
        let u1 = (z + y) * (z - y)
        let u2 = x * y
        let root = (u1 * u2.squared).inverseRoot.root
        let d1 = u1 * root
        let d2 = u2 * root
        let inverseZ = d1 * d2 * t
        let isRotated = (t * inverseZ).isNegative
        let rotatedX = isRotated ? y * .rootOfMinusOne : x
        var rotatedY = isRotated ? x * .rootOfMinusOne : y
        let inverse = isRotated ? d1 * .inverseRootOfMinusOneMinusD : d2
        if (rotatedX * inverseZ).isNegative { rotatedY = -rotatedY }
        let s = inverse * (z - rotatedY)
        return (s.isNegative ? -s : s).canonicalWords
    }

    var addend: Addend {
        Addend(sum: y + x, difference: y - x, twoZ: z + z, twoDT: t * .twoD)
    }

    @inline(__always)
    func doubled() -> RistrettoPoint {
        let a = x.squared
        let b = y.squared
        let zz = z.squared
        let h = a + b
        let e = h - (x + y).squared
        let g = a - b
        let f = zz + zz + g
        return RistrettoPoint(x: e * f, y: g * h, z: f * g, t: e * h)
    }

    @inline(__always)
    static func + (a: RistrettoPoint, b: Addend) -> RistrettoPoint {
        sum((a.y - a.x) * b.difference, (a.y + a.x) * b.sum, a.t * b.twoDT, a.z * b.twoZ)
    }

    @inline(__always)
    static func - (a: RistrettoPoint, b: Addend) -> RistrettoPoint {
        sum((a.y - a.x) * b.sum, (a.y + a.x) * b.difference, -(a.t * b.twoDT), a.z * b.twoZ)
    }

    @inline(__always)
    private static func sum(_ a: Field25519, _ b: Field25519, _ c: Field25519, _ d: Field25519) -> RistrettoPoint {
        let e = b - a
        let f = d - c
        let g = d + c
        let h = b + a
        return RistrettoPoint(x: e * f, y: g * h, z: f * g, t: e * h)
    }
}
