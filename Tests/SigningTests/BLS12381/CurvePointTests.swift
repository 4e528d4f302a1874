import Testing

@testable import Signing

@Suite("BLS12-381: points") struct CurvePointTests {
    @Test("the generators are on their curves and have the groups' order") func generators() throws {
        let (x, y) = try #require(G1Point.generator.affine)
        #expect(y.squared == x.squared * x + Fp.curveConstant)
        #expect(G1Point.generator.isInSubgroup)
        let (x2, y2) = try #require(G2Point.generator.affine)
        #expect(y2.squared == x2.squared * x2 + Fp2.curveConstant)
        #expect(G2Point.generator.isInSubgroup)
    }

    @Test("add, double and multiply as a group does") func group() {
        check(G1Point.generator)
        check(G2Point.generator)
    }

    private func check<F: CurveCoordinate>(_ g: CurvePoint<F>) {
        #expect(g + g == g.doubled)
        #expect(g + -g == .infinity)
        #expect(g + .infinity == g)
        #expect(.infinity + g == g)
        #expect(CurvePoint<F>.infinity.doubled == .infinity)
        #expect(g.doubled + g.doubled.doubled == g.multiplied(by: [6]))
        #expect((g.doubled + g) + -g.doubled == g)
        #expect(g.multiplied(by: [0]) == .infinity)
        #expect(g.multiplied(by: [0, 1]) == g.multiplied(by: [1 << 63]).doubled)
    }

    @Test("compress to the generators' published bytes") func known() {
        #expect(
            Hex.encode(G1Point.generator.compressed)
                == "97f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb")
        #expect(
            Hex.encode(G2Point.generator.compressed)
                == "93e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e"
                + "024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8")
        #expect(G1Point.infinity.compressed == [0xc0] + [UInt8](repeating: 0, count: 47))
        #expect(G2Point.infinity.compressed == [0xc0] + [UInt8](repeating: 0, count: 95))
    }

    @Test("are read back from what they compress to, with either sign") func roundTrip() throws {
        for factor: UInt64 in 1...3 {
            let (a, b) = (G1Point.generator.multiplied(by: [factor]), -G2Point.generator.multiplied(by: [factor]))
            for a in [a, -a] { #expect(try G1Point(compressed: a.compressed) == a) }
            for b in [b, -b] { #expect(try G2Point(compressed: b.compressed) == b) }
        }
    }

    @Test("of a wrong form are refused") func badForms() {
        checkForms(G1Point.self)
        checkForms(G2Point.self)
    }

    private func checkForms<F: CurveCoordinate>(_ type: CurvePoint<F>.Type) {
        let count = type.compressedCount
        let zeros = [UInt8](repeating: 0, count: count)
        refuse(type, [], .wrongLength(0, expected: count))
        refuse(type, Array(zeros.dropLast()), .wrongLength(count - 1, expected: count))
        refuse(type, zeros + [0], .wrongLength(count + 1, expected: count))
        refuse(type, zeros, .notCompressed)
        refuse(type, [0x40] + zeros.dropFirst(), .notCompressed)
        refuse(type, [0xc0] + zeros.dropFirst(), .infinity)
        refuse(type, [0xe0] + zeros.dropFirst(), .malformedInfinity)
        refuse(type, [0xc1] + zeros.dropFirst(), .malformedInfinity)
        refuse(type, [0xc0] + zeros.dropFirst(2) + [1], .malformedInfinity)
        refuse(type, [0x9f] + [UInt8](repeating: 0xff, count: count - 1), .notCanonical)
        #expect(throws: Never.self) { try type.init(uncheckedSubgroup: [0xc0] + zeros.dropFirst()) }
    }

    @Test("whose coordinate is at or above the modulus are refused") func nonCanonical() throws {
        // p and p + 1 would be read as 0 and 1, whose points exist.
        let modulus = try Hex.decode(FpTests.modulus)
        for addend: UInt8 in [0, 4] {
            var x = modulus
            x[47] += addend
            x[0] |= 0x80
            refuse(G1Point.self, x, .notCanonical)
            refuse(G2Point.self, x + [UInt8](repeating: 0, count: 48), .notCanonical)
            x[0] &= 0x1f
            refuse(G2Point.self, [0x80] + [UInt8](repeating: 0, count: 47) + x, .notCanonical)
        }
    }

    @Test("of the curve but outside the group are refused") func outsideSubgroup() throws {
        // (0, 2) has order 3.
        let three = [0x80] + [UInt8](repeating: 0, count: 47)
        let point = try G1Point(uncheckedSubgroup: three)
        #expect(point.multiplied(by: [3]).isInfinity)
        refuse(G1Point.self, three, .notInSubgroup)
        #expect(refusals(G1Point.self) == [.notInSubgroup, .notOnCurve])
        #expect(refusals(G2Point.self) == [.notInSubgroup, .notOnCurve])
    }

    /// Why the x from 1 to 6 are refused: about half have a point, and next to none of all points are in the group.
    private func refusals<F: CurveCoordinate>(_ type: CurvePoint<F>.Type) -> Set<PointError> {
        var refusals: Set<PointError> = []
        for x: UInt8 in 1...6 {
            do {
                _ = try type.init(compressed: [0x80] + [UInt8](repeating: 0, count: type.compressedCount - 2) + [x])
                Issue.record("x = \(x) is taken")
            } catch {
                refusals.insert(error)
            }
        }
        return refusals
    }

    private func refuse<F: CurveCoordinate>(_ type: CurvePoint<F>.Type, _ bytes: [UInt8], _ reason: PointError) {
        #expect(throws: reason) { try type.init(compressed: bytes) }
    }
}
