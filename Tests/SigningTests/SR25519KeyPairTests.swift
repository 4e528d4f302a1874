import Testing

@testable import Signing

@Suite("sr25519 keys") struct SR25519KeyPairTests {
    struct ExpandRow: Decodable {
        let seed, sr25519_private_key, sr25519_public, ed25519_public, ed25519_message, ed25519_signature: HexBytes
        let sr25519_ss58: String
    }

    @Test("expand from a seed as the reference does")
    func expand() throws {
        let rows = try Fixture.load("bittensor-core@0.1.5/sr25519_seed_expand.json", as: Fixture.Rows<ExpandRow>.self)
            .rows
        for row in rows {
            let pair = try SR25519KeyPair(seed: row.seed.bytes)
            #expect(pair.accountID.bytes == row.sr25519_public.bytes)
            #expect(pair.accountID.ss58 == row.sr25519_ss58)
            #expect(pair.withPrivateKey { Array($0) } == row.sr25519_private_key.bytes)
            #expect(
                try SR25519KeyPair(privateKey: SecretBytes(copying: row.sr25519_private_key.bytes)).accountID
                    == pair.accountID)
        }
    }

    @Test("are refused when the scalar is zero or not below the order of the group")
    func scalars() {
        let order = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010"
        for scalar in [order, String(repeating: "00", count: 32), String(repeating: "ff", count: 32)] {
            #expect(throws: SigningError.self) {
                try SR25519KeyPair(
                    privateKey: SecretBytes(copying: Hex.decode(scalar + String(repeating: "11", count: 32))))
            }
        }
        #expect(throws: SigningError.self) { try SR25519KeyPair(seed: [1, 2, 3]) }
    }

    @Test("show their public half only")
    func description() throws {
        let pair = try SR25519KeyPair(uri: "//Alice")
        #expect("\(pair)" == "SR25519KeyPair(5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY)")
        #expect(!String(reflecting: pair).contains("33a6f3"))
    }

    @Test("sign one message per receiver, each with a nonce of its own", arguments: [0, 1, 30, 165, 166, 400])
    func batch(beginningCount: Int) throws {
        let pair = try SR25519KeyPair(uri: "//Alice")
        let beginning = [UInt8](repeating: 0x61, count: beginningCount)
        let endings: [[UInt8]] = [[1], [2], [], [3, 4], [UInt8](repeating: 5, count: 300), [2], [6]]
        let signatures = pair.sign(beginning, endings: endings)
        #expect(signatures.count == endings.count)
        #expect(Set(signatures.map { $0.bytes[..<32] }).count == endings.count)
        for (signature, ending) in zip(signatures, endings) {
            #expect(SR25519.isValid(signature, for: beginning + ending, by: pair.accountID))
            #expect(!SR25519.isValid(signature, for: beginning + ending + [0], by: pair.accountID))
        }
        #expect(pair.sign(beginning, endings: []).isEmpty)
    }
}
