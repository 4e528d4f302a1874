import Testing

@testable import Signing

@Suite("Secret URIs") struct SecretURITests {
    struct Row: Decodable {
        let uri, scheme: String
        let public_key, private_key: HexBytes?
        let ss58_42, error: String?
    }
    static let phrase = MnemonicTests.phrase

    @Test("lead to the keys of the reference, in both schemes")
    func vectors() throws {
        let rows = try Fixture.load("bittensor-core@0.1.5/derivation.json", as: Fixture.Rows<Row>.self).rows
        #expect(rows.count == 50)
        for row in rows {
            guard row.error == nil else {
                let error = #expect(throws: SigningError.self) { try Ed25519KeyPair(uri: row.uri) }
                #expect(error?.code == .invalidURI)
                continue
            }
            let expected = try #require(row.private_key)
            if row.scheme == "ed25519" {
                let pair = try Ed25519KeyPair(uri: row.uri)
                #expect(pair.accountID.bytes == row.public_key?.bytes, "\(row.uri)")
                #expect(pair.accountID.ss58 == row.ss58_42)
                #expect(pair.withSeed { Array($0) } == Array(expected.bytes.prefix(32)), "\(row.uri)")
            } else {
                let pair = try SR25519KeyPair(uri: row.uri)
                #expect(pair.accountID.bytes == row.public_key?.bytes, "\(row.uri)")
                #expect(pair.accountID.ss58 == row.ss58_42)
                // The nonce half of a soft child is random.
                let path = row.uri.prefix { $0 != " " } == row.uri[...] ? row.uri : String(row.uri.drop { $0 != "/" })
                let isSoft = path.replacing("//", with: "").contains("/")
                let count = isSoft ? 32 : 64
                #expect(
                    pair.withPrivateKey { Array($0.prefix(count)) } == Array(expected.bytes.prefix(count)), "\(row.uri)"
                )
            }
        }
    }

    @Test("take the text behind /// as the mnemonic's password")
    func password() throws {
        let seed = try Mnemonic.seed(of: SecretBytes(utf8: Self.phrase), password: SecretBytes(utf8: "Substrate"))
        let expected = try SR25519KeyPair(seed: seed).accountID
        #expect(try SR25519KeyPair(uri: Self.phrase + "///Substrate").accountID == expected)
        #expect(try SR25519KeyPair(uri: "///Substrate").accountID == expected)
        #expect(try SR25519KeyPair(uri: "//Alice///Substrate").accountID != SR25519KeyPair(uri: "//Alice").accountID)
        #expect(try SR25519KeyPair(uri: "//Alice///").accountID == SR25519KeyPair(uri: "//Alice").accountID)
        // A password may hold slashes.
        #expect(try SR25519KeyPair(uri: "//Alice////a").accountID != SR25519KeyPair(uri: "//Alice///a").accountID)
    }

    @Test("of a seed in digits ignore a password, as Substrate does")
    func ignoredPassword() throws {
        let seed = "0x9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
        #expect(try SR25519KeyPair(uri: seed + "///x").accountID == SR25519KeyPair(uri: seed).accountID)
    }

    @Test(
        "are refused outside the grammar",
        arguments: [
            ("", SigningError.Code.invalidURI), ("0x12//a", .invalidURI), ("0xzz", .invalidURI), ("//", .invalidURI),
            ("//a/", .invalidURI), ("//a//", .invalidURI), ("alice", .invalidMnemonic), ("alice//a", .invalidMnemonic),
            (phrase + " walk//a", .invalidMnemonic),
        ])
    func refused(uri: String, code: SigningError.Code) {
        #expect((#expect(throws: SigningError.self) { try SR25519KeyPair(uri: uri) })?.code == code)
        #expect((#expect(throws: SigningError.self) { try Ed25519KeyPair(uri: uri) })?.code == code)
    }

    @Test("tell numbers from other names as Rust does")
    func numbers() throws {
        let seven = try SR25519KeyPair(uri: "//7").accountID
        #expect(try SR25519KeyPair(uri: "//007").accountID == seven)
        #expect(try SR25519KeyPair(uri: "//+7").accountID == seven)
        #expect(try SR25519KeyPair(uri: "//7 ").accountID != seven)
        #expect(
            try SR25519KeyPair(uri: "//18446744073709551616").accountID != SR25519KeyPair(uri: "//0").accountID)
    }
}
