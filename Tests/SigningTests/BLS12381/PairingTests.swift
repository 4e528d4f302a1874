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
