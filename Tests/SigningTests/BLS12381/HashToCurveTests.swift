import Testing

@testable import Signing

@Suite("BLS12-381: hashing to G1") struct HashToCurveTests {
    struct Curve: Decodable {
        struct Vector: Decodable {
            struct Point: Decodable { let x: HexBytes, y: HexBytes }
            let P: Point, Q0: Point, Q1: Point, msg: String, u: [HexBytes]
        }
        let dst: String, vectors: [Vector]
    }

    struct Expansion: Decodable {
        struct Test: Decodable { let len_in_bytes: String, msg: String, uniform_bytes: HexBytes }
        let DST: String, tests: [Test]
    }

    @Test("gives the points of RFC 9380, step by step") func curve() throws {
        let curve = try Fixture.load("rfc@9380/BLS12381G1_XMD_SHA-256_SSWU_RO_.json", as: Curve.self)
        #expect(curve.vectors.count == 5)
        for vector in curve.vectors {
            for (u, point) in zip(vector.u, [vector.Q0, vector.Q1]) {
                let u = try #require(Fp(bigEndian: u.bytes))
                let (x, y) = try #require(IsogenousCurve.image(of: IsogenousCurve.point(of: u)).affine)
                #expect(x.bigEndianBytes == point.x.bytes)
                #expect(y.bigEndianBytes == point.y.bytes)
            }
            let point = G1Point.hash(Array(vector.msg.utf8), domain: curve.dst)
            let (x, y) = try #require(point.affine)
            #expect(x.bigEndianBytes == vector.P.x.bytes)
            #expect(y.bigEndianBytes == vector.P.y.bytes)
            #expect(point.isInSubgroup)
        }
    }

    @Test("expands messages as RFC 9380 does") func expansion() throws {
        let expansion = try Fixture.load("rfc@9380/expand_message_xmd_SHA256_38.json", as: Expansion.self)
        #expect(expansion.tests.count == 10)
        for test in expansion.tests {
            let count = try #require(Int(test.len_in_bytes.dropFirst(2), radix: 16))
            let bytes = MessageExpansion.expand(Array(test.msg.utf8), domain: Array(expansion.DST.utf8), count: count)
            #expect(bytes == test.uniform_bytes.bytes)
        }
    }

    @Test("maps the inputs for which the formula divides by zero") func exceptions() throws {
        // Zu² is 0 for u = 0, and Z²u⁴ + Zu² is 0 there too.
        let point = IsogenousCurve.image(of: IsogenousCurve.point(of: .zero))
        let (x, y) = try #require(point.affine)
        #expect(y.squared == x.squared * x + Fp.curveConstant)
    }
}
