import Testing

@testable import Signing

@Suite("ed25519 keys") struct Ed25519KeyPairTests {
    @Test("sign and verify as the reference's, and refuse what was changed")
    func vectors() throws {
        let rows = try Fixture.load(
            "bittensor-core@0.1.5/sr25519_seed_expand.json", as: Fixture.Rows<SR25519KeyPairTests.ExpandRow>.self
        ).rows
        #expect(!rows.isEmpty)
        for row in rows {
            let key = try #require(row.ed25519_public.account)
            let pair = try Ed25519KeyPair(seed: SecretBytes(copying: row.seed.bytes))
            #expect(pair.accountID == key)
            #expect(pair.sign(row.ed25519_message.bytes) == row.ed25519_signature.bytes)
            #expect(Ed25519.isValid(row.ed25519_signature.bytes, for: row.ed25519_message.bytes, by: key))
            #expect(!Ed25519.isValid(row.ed25519_signature.bytes, for: row.ed25519_message.bytes + [0], by: key))
            #expect(!Ed25519.isValid([], for: row.ed25519_message.bytes, by: key))
        }
    }

    @Test("refuse a signature with any one bit flipped")
    func flippedBits() throws {
        let pair = try Ed25519KeyPair(uri: "//Alice")
        let signature = pair.sign([1, 2, 3])
        for bit in 0..<512 {
            var changed = signature
            changed[bit / 8] ^= 1 << (bit % 8)
            #expect(!Ed25519.isValid(changed, for: [1, 2, 3], by: pair.accountID))
        }
    }

    @Test("take seeds of 32 bytes only, and show their public half only")
    func seeds() throws {
        #expect(throws: SigningError.self) { try Ed25519KeyPair(seed: SecretBytes(copying: [1, 2, 3])) }
        #expect(
            "\(try Ed25519KeyPair(uri: "//Alice"))"
                == "Ed25519KeyPair(5FA9nQDVg267DEd8m1ZypXLBnvN7SFxYwV7ndqSYGiN9TTpu)")
    }
}
