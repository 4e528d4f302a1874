import Signing
import Testing

@Suite("SS58 addresses") struct SS58Tests {
    struct Vectors: Decodable {
        struct Valid: Decodable { let public_key: HexBytes, prefix: UInt16, address: String }
        struct Invalid: Decodable { let address: String }
        let valid: [Valid], invalid: [Invalid]
    }
    static let vectors = Result { try Fixture.load("bittensor-core@0.1.5/ss58.json", as: Vectors.self) }

    @Test("are written and read as the reference does, for every prefix")
    func valid() throws {
        for row in try Self.vectors.get().valid {
            let account = try #require(row.public_key.account)
            #expect(SS58.encode(account, prefix: row.prefix) == row.address)
            let decoded = try SS58.decode(row.address)
            #expect(decoded.account == account)
            #expect(decoded.prefix == row.prefix)
        }
    }

    @Test("are refused when the reference refuses them")
    func invalid() throws {
        for row in try Self.vectors.get().invalid {
            #expect(throws: SigningError.self, "\(row.address)") { try SS58.decode(row.address) }
        }
    }

    @Test("are refused with any one character changed")
    func changed() throws {
        let address = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"
        for index in address.indices {
            var text = address
            text.replaceSubrange(index...index, with: address[index] == "z" ? "y" : "z")
            #expect(throws: SigningError.self) { try AccountID(ss58: text) }
        }
    }

    @Test("of great length are refused at once")
    func long() {
        #expect(throws: SigningError.self) { try SS58.decode(String(repeating: "z", count: 1_000_000)) }
    }

    @Test("round-trip for all 16384 prefixes")
    func prefixes() throws {
        let account = try #require(AccountID(bytes: Array(0..<32)))
        for prefix in UInt16(0)..<16_384 {
            #expect(try SS58.decode(SS58.encode(account, prefix: prefix)).prefix == prefix)
        }
    }
}
