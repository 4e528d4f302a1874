import Testing

@testable import Signing

@Suite("BLS12-381: the base field") struct FpTests {
    /// p as text.
    static let modulus =
        "1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab"

    @Test("takes 48 bytes below the modulus and gives them back") func canonical() throws {
        var bytes = try Hex.decode(Self.modulus)
        #expect(Fp(bigEndian: bytes) == nil)
        bytes[47] -= 1
        let largest = try #require(Fp(bigEndian: bytes))
        #expect(largest == -Fp.one)
        #expect(largest.bigEndianBytes == bytes)
        #expect(largest.littleEndianBytes == bytes.reversed())
        #expect(Fp(bigEndian: [UInt8](repeating: 0xff, count: 48)) == nil)
        #expect(Fp(bigEndian: bytes.dropLast()) == nil)
        #expect(Fp(bigEndian: bytes + [0]) == nil)
        #expect(Fp(bigEndian: [UInt8](repeating: 0, count: 48)) == .zero)
    }

    @Test("obeys a field's laws at its edges and elsewhere") func laws() {
        var source = FieldSource()
        let samples = [.zero, .one, -Fp.one, Fp(2), source.fp(), source.fp(), source.fp()]
        for a in samples {
            #expect(a + -a == .zero)
            #expect(a * a.inverse == (a.isZero ? .zero : .one))
            #expect(a.squared.squareRoot.map { $0 == a || $0 == -a } == true)
            for b in samples {
                #expect(a - b == -(b - a))
                #expect(a * b == b * a)
                #expect((a + b).squared == a.squared + (a * b).doubled + b.squared)
            }
        }
    }

    @Test("reduces 64 bytes") func reduction() throws {
        let modulus = try Hex.decode(Self.modulus)
        #expect(Fp(reducing: [UInt8](repeating: 0, count: 16) + modulus) == .zero)
        // 2^512 - 1 = (2^256 - 1)·2^256 + (2^256 - 1).
        let half = Fp(2).power([256])
        #expect(Fp(reducing: [UInt8](repeating: 0xff, count: 64)) == half.squared - .one)
    }

    @Test("says which one of an element and its negation is the greater") func sign() {
        var source = FieldSource()
        #expect(!Fp.zero.isLexicographicallyLargest)
        #expect(!Fp.one.isLexicographicallyLargest)
        #expect((-Fp.one).isLexicographicallyLargest)
        for _ in 0..<20 {
            let element = source.fp()
            #expect(element.isLexicographicallyLargest != (-element).isLexicographicallyLargest)
        }
    }
}
