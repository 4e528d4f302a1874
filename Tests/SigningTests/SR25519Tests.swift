import Testing

@testable import Signing

@Suite("sr25519") struct SR25519Tests {
    struct VerifyRow: Decodable {
        let public_key, message, signature: HexBytes
        let valid: Bool
        let keypair_verify_result: Bool?
        let why: String?
    }
    struct Deterministic: Decodable {
        struct Row: Decodable { let seed, `public`, message, r_le, signature: HexBytes }
        let fixed_nonce: [Row]
    }

    @Test("accepts and refuses signatures as the reference does")
    func verify() throws {
        let rows = try Fixture.load("bittensor-core@0.1.5/sr25519_verify.json", as: Fixture.Rows<VerifyRow>.self).rows
        #expect(rows.count == 78)
        for row in rows {
            let key = try #require(row.public_key.account)
            let signature = try #require(SR25519Signature(bytes: row.signature.bytes))
            let isPlain = SR25519.isValid(signature, for: row.message.bytes, by: key)
            let isWrapped = SR25519.isValidAllowingWrapping(signature, for: row.message.bytes, by: key)
            if row.why?.contains("<Bytes>") == true {
                #expect(!isPlain && isWrapped)
            } else {
                #expect(isPlain == row.valid, "\(row.why ?? "")")
                #expect(isWrapped == row.valid, "\(row.why ?? "")")
            }
        }
    }

    @Test("signs as the reference does when the nonce is given")
    func fixedNonce() throws {
        for row in try Fixture.load("bittensor-core@0.1.5/sr25519_deterministic.json", as: Deterministic.self)
            .fixed_nonce
        {
            let pair = try SR25519KeyPair(seed: row.seed.bytes)
            #expect(pair.accountID.bytes == row.public.bytes)
            #expect(pair.sign(row.message.bytes, nonce: row.r_le.bytes).bytes == row.signature.bytes)
        }
    }

    @Test("verifies its own signatures, of messages of any length", arguments: [0, 1, 31, 165, 166, 1_000, 70_000])
    func roundTrip(count: Int) throws {
        let alice = try SR25519KeyPair(uri: "//Alice")
        let bob = try SR25519KeyPair(uri: "//Bob")
        let message = [UInt8](repeating: 0x5a, count: count)
        let signature = alice.sign(message)
        #expect(SR25519.isValid(signature, for: message, by: alice.accountID))
        #expect(!SR25519.isValid(signature, for: message, by: bob.accountID))
        #expect(!SR25519.isValid(signature, for: message + [0], by: alice.accountID))
        #expect(alice.sign(message) != signature, "a repeated message takes another nonce")
    }

    @Test("refuses a signature with any one bit flipped")
    func flippedBits() throws {
        let alice = try SR25519KeyPair(uri: "//Alice")
        let signature = alice.sign("message")
        for bit in 0..<512 {
            var bytes = signature.bytes
            bytes[bit / 8] ^= 1 << (bit % 8)
            let changed = try #require(SR25519Signature(bytes: bytes))
            #expect(!SR25519.isValid(changed, for: Array("message".utf8), by: alice.accountID))
        }
    }

    @Test("refuses random bytes as signatures and as keys, without a crash")
    func randomBytes() throws {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<2_000 {
            let signature = try #require(
                SR25519Signature(bytes: (0..<64).map { _ in .random(in: 0...255, using: &generator) }))
            let key = try #require(AccountID(bytes: (0..<32).map { _ in .random(in: 0...255, using: &generator) }))
            #expect(!SR25519.isValid(signature, for: [1, 2, 3], by: key))
        }
    }

    @Test("takes only 64 bytes for a signature", arguments: [0, 63, 65])
    func lengths(count: Int) {
        #expect(SR25519Signature(bytes: [UInt8](repeating: 0, count: count)) == nil)
    }
}
