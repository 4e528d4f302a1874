import Testing

@testable import Signing

@Suite("BLS12-381: the pairing") struct PairingTests {
    @Test("is bilinear and not constant") func bilinear() {
        let (p, q) = (G1Point.generator, G2Point.generator)
        let value = Pairing.value(p, q)
        #expect(value != .one)
        #expect(Pairing.value(p.multiplied(by: [6]), q) == value.power([6]))
        #expect(Pairing.value(p.doubled, q.multiplied(by: [3])) == value.power([6]))
        #expect(Pairing.value(p, -q) == value.conjugate)
        #expect(value * value.conjugate == .one)
        #expect(value.power(Scalar.order) == .one)
    }

    @Test("is one with infinity on either side") func infinity() {
        #expect(Pairing.value(.infinity, .generator) == .one)
        #expect(Pairing.value(.generator, .infinity) == .one)
    }

    @Test("compares two values") func equality() {
        let (p, q) = (G1Point.generator, G2Point.generator)
        #expect(Pairing.areEqual((p.doubled, q), (p, q.doubled)))
        #expect(!Pairing.areEqual((p.doubled, q), (p, q)))
    }
}

@Suite("BLS12-381: scalars") struct ScalarTests {
    @Test("are reduced modulo the groups' order") func reduction() {
        let order = Scalar.order.reversed().flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * $0)) } }
        #expect(Scalar(reducing: order).words == [0, 0, 0, 0])
        #expect(Scalar(reducing: Array(order.dropLast()) + [2]).bigEndianBytes == [UInt8](repeating: 0, count: 31) + [1])
        // 2^256 - 1 is 2r and a rest.
        let largest = Scalar(reducing: [UInt8](repeating: 0xff, count: 32))
        #expect(
            Hex.encode(largest.bigEndianBytes) == "1824b159acc5056f998c4fefecbc4ff55884b7fa0003480200000001fffffffd")
    }
}
