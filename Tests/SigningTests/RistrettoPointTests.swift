import CSodium
import Testing

@testable import Signing

@Suite("Points for verifying") struct RistrettoPointTests {
    @Test("are multiplied and encoded as libsodium does it")
    func difference() throws {
        for round in 0..<40 {
            var (scalar, other, keyed, based, expected) = (Bytes32(), Bytes32(), Bytes32(), Bytes32(), Bytes32())
            scalar.withMutablePointer { crypto_core_ristretto255_scalar_random($0) }
            other.withMutablePointer { crypto_core_ristretto255_scalar_random($0) }
            if round == 0 { scalar.wipe() }
            var key = Bytes32()
            key.withMutablePointer { crypto_core_ristretto255_random($0) }
            let point = try #require(key.withBytes { RistrettoPoint($0) })
            let result = scalar.withBytes { scalar in
                other.withBytes { DoubleMultiplication.difference(scalar, $0, point).encoded }
            }
            scalar.withMutablePointer { scalar in
                based.withMutablePointer { _ = crypto_scalarmult_ristretto255_base($0, scalar) }
            }
            other.withMutablePointer { other in
                key.withMutablePointer { key in
                    keyed.withMutablePointer { _ = crypto_scalarmult_ristretto255($0, other, key) }
                }
            }
            based.withMutablePointer { based in
                keyed.withMutablePointer { keyed in
                    expected.withMutablePointer { _ = crypto_core_ristretto255_sub($0, based, keyed) }
                }
            }
            #expect(withUnsafeBytes(of: result) { Array($0) } == expected.withBytes { Array($0) })
        }
    }

    @Test("are read exactly when libsodium reads them, and written back the same")
    func decoding() {
        var points = 0
        for round in 0..<400 {
            var bytes = Bytes32()
            bytes.withMutablePointer { randombytes_buf($0, 32) }
            // Half of them even and below 2^255, as encodings are.
            if round % 2 == 0 {
                bytes.withMutablePointer {
                    $0[0] &= 0xfe
                    $0[31] &= 0x7f
                }
            }
            // libsodium 1.0.18 leaves the highest bit out; RFC 9496 and the reference refuse it.
            let hasHighestBit = bytes.withBytes { $0[31] & 0x80 != 0 }
            let isValid =
                !hasHighestBit && bytes.withMutablePointer { crypto_core_ristretto255_is_valid_point($0) } == 1
            let point = bytes.withBytes { RistrettoPoint($0) }
            #expect((point != nil) == isValid)
            guard let point else { continue }
            points += 1
            #expect(withUnsafeBytes(of: point.encoded) { Array($0) } == bytes.withBytes { Array($0) })
        }
        #expect(points > 20)
    }

    @Test("are refused in another form than their one")
    func forms() throws {
        // 2^255 - 19 is another form of 0, and 2^255 - 17 of 2.
        for low in [UInt8(0xed), 0xee, 0xef, 0xff] {
            let bytes = [low] + [UInt8](repeating: 0xff, count: 30) + [0x7f]
            #expect(bytes.withUnsafeBytes { RistrettoPoint($0) } == nil)
        }
        let base = try Hex.decode("e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76")
        let encoded = base.withUnsafeBytes { RistrettoPoint($0)?.encoded }
        #expect(encoded.map { withUnsafeBytes(of: $0) { Array($0) } } == base)
        #expect(withUnsafeBytes(of: RistrettoPoint.base.encoded) { Array($0) } == base)
    }
}
