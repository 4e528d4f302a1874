/// Hashing to a point of G1 whose discrete logarithm nobody knows: suite `BLS12381G1_XMD:SHA-256_SSWU_RO_`.
///
/// - Source: RFC 9380, 3 (hash_to_curve), 5 (hash_to_field), 6.6.2 and 6.6.3 (simplified SWU), 8.8.1 (the suite).
extension CurvePoint where Coordinate == Fp {
    /// - Parameters:
    ///   - message: any bytes.
    ///   - domain: the protocol's tag, 1 to 255 bytes; a constant of the caller.
    static func hash(_ message: [UInt8], domain: String) -> G1Point {
        let uniform = MessageExpansion.expand(message, domain: Array(domain.utf8), count: 128)
        let first = IsogenousCurve.image(of: IsogenousCurve.point(of: Fp(reducing: uniform.prefix(64))))
        let second = IsogenousCurve.image(of: IsogenousCurve.point(of: Fp(reducing: uniform.dropFirst(64))))
        return (first + second).multiplied(by: cofactor)
    }

    /// 1 - x: it brings every point of the curve into the group of order r.
    private static var cofactor: [UInt64] { [0xd201_0000_0001_0001] }
}
