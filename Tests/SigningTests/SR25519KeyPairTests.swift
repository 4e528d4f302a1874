import Testing

@testable import Signing

@Suite("sr25519 keys") struct SR25519KeyPairTests {
    struct ExpandRow: Decodable {
        let seed, sr25519_private_key, sr25519_public, ed25519_public, ed25519_message, ed25519_signature: HexBytes
        let sr25519_ss58: String
    }
    struct DerivationRow: Decodable {
        let uri, scheme: String
        let public_key: HexBytes?
        let private_key: HexBytes?
        let ss58_42: String?
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
            #expect(try SR25519KeyPair(privateKey: row.sr25519_private_key.bytes).accountID == pair.accountID)
        }
    }

    @Test("are derived from a secret URI as the reference does, when it needs no mnemonic")
    func derivation() throws {
        let rows = try Fixture.load("bittensor-core@0.1.5/derivation.json", as: Fixture.Rows<DerivationRow>.self).rows
        let covered = rows.filter { $0.scheme == "sr25519" && !$0.uri.contains("///") }
        #expect(covered.count >= 23)
        for row in covered {
            let pair = try SR25519KeyPair(uri: row.uri)
            #expect(pair.accountID.bytes == row.public_key?.bytes, "\(row.uri)")
            #expect(pair.accountID.ss58 == row.ss58_42)
            let hasSoftJunction = row.uri.replacing("//", with: "").contains("/")
            let count = hasSoftJunction ? 32 : 64
            let expected = try #require(row.private_key)
            #expect(
                pair.withPrivateKey { Array($0.prefix(count)) } == Array(expected.bytes.prefix(count)), "\(row.uri)")
        }
    }

    @Test(
        "are refused for a secret URI outside the grammar or not supported yet",
        arguments: [
            "", "0x12//a", "alice", "//", "//a/", "//a///password", "0xzz",
            "legal winner thank year wave sausage worth useful legal winner thank yellow",
        ])
    func refusedURI(uri: String) {
        #expect(throws: SigningError.self) { try SR25519KeyPair(uri: uri) }
    }

    @Test("are refused when the scalar is zero or not below the order of the group")
    func scalars() {
        let order = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010"
        for scalar in [order, String(repeating: "00", count: 32), String(repeating: "ff", count: 32)] {
            #expect(throws: SigningError.self) {
                try SR25519KeyPair(privateKey: Hex.decode(scalar + String(repeating: "11", count: 32)))
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

    @Test("of ed25519 verify as the reference's, and refuse what was changed")
    func ed25519() throws {
        let rows = try Fixture.load("bittensor-core@0.1.5/sr25519_seed_expand.json", as: Fixture.Rows<ExpandRow>.self)
            .rows
        for row in rows {
            let key = try #require(row.ed25519_public.account)
            #expect(Ed25519.isValid(row.ed25519_signature.bytes, for: row.ed25519_message.bytes, by: key))
            #expect(!Ed25519.isValid(row.ed25519_signature.bytes, for: row.ed25519_message.bytes + [0], by: key))
            #expect(!Ed25519.isValid([], for: row.ed25519_message.bytes, by: key))
        }
    }
}
