import Testing

@testable import Signing

@Suite("AES-256-GCM") struct AES256GCMTests {
    @Test("encrypts a block as FIPS 197 does") func block() throws {
        let cipher = AES256(key: Array(0..<32))
        let block = try Hex.decode("00112233445566778899aabbccddeeff")
        #expect(Hex.encode(cipher.encrypt(block)) == "8ea2b7ca516745bfeafc49904b496089")
    }

    @Test(
        "gives the results of NIST's cases 13 to 15",
        arguments: [
            (0, "", "530f8afbc74536b9a963b4f1c4cb738b"),
            (16, "cea7403d4d606b6e074ec5d3baf39d18", "d0d1c8a799996bf0265b98b5d48ab919"),
        ])
    func cases(count: Int, body: String, tag: String) {
        let (key, nonce) = ([UInt8](repeating: 0, count: 32), [UInt8](repeating: 0, count: 12))
        let message = [UInt8](repeating: 0, count: count)
        for sealed in [
            AES256GCM.seal(message, key: key, nonce: nonce), PortableAES256GCM.seal(message, key: key, nonce: nonce),
        ] {
            #expect(Hex.encode(sealed.body) == body)
            #expect(Hex.encode(sealed.tag) == tag)
        }
    }

    @Test("is the same in hardware and in Swift", arguments: [0, 1, 15, 16, 17, 250])
    func portable(count: Int) {
        let (key, nonce) = (Hash.sha256([1]), Array(Hash.sha256([2]).prefix(12)))
        let message = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let (body, tag) = PortableAES256GCM.seal(message, key: key, nonce: nonce)
        let other = AES256GCM.seal(message, key: key, nonce: nonce)
        #expect(other.body == body)
        #expect(other.tag == tag)
        #expect(AES256GCM.open(body, tag: tag, key: key, nonce: nonce) == message)
        #expect(PortableAES256GCM.open(body, tag: tag, key: key, nonce: nonce) == message)
    }

    @Test("opens nothing that was changed") func changed() {
        let (key, nonce) = (Hash.sha256([1]), Array(Hash.sha256([2]).prefix(12)))
        let (body, tag) = AES256GCM.seal([1, 2, 3], key: key, nonce: nonce)
        for open in [AES256GCM.open, PortableAES256GCM.open] {
            #expect(open(body, tag, key, nonce) == [1, 2, 3])
            #expect(open([body[0] ^ 1, body[1], body[2]], tag, key, nonce) == nil)
            #expect(open(body, [tag[0] ^ 1] + tag.dropFirst(), key, nonce) == nil)
            #expect(open(body, tag, Hash.sha256([3]), nonce) == nil)
            #expect(open(body, Array(tag.dropLast()), key, nonce) == nil)
        }
        #expect(AES256GCM.open(body, tag: tag, key: [], nonce: nonce) == nil)
        #expect(AES256GCM.open(body, tag: tag, key: key, nonce: []) == nil)
    }
}
