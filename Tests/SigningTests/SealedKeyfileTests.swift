import Testing

@testable import Signing

@Suite("Encrypted keyfiles") struct SealedKeyfileTests {
    struct Vectors: Decodable {
        let plain, password: String
        let nacl_hex: HexBytes
    }
    static let files = ["bittensor@10.5.0/keyfile_v10.json", "bittensor-core@0.1.5/keyfile_v11.json"]

    private static func open(_ bytes: [UInt8], key: borrowing SecretBytes) throws(SigningError) -> SecretBytes {
        try SecretBytes(copying: bytes).withBytes { (bytes) throws(SigningError) in
            try SealedKeyfile.open(bytes, key: key)
        }
    }

    @Test("of both generations of the SDK open with their password")
    func vectors() throws {
        let vectors = try Self.files.map { try Fixture.load($0, as: Vectors.self) }
        #expect(vectors[0].password == vectors[1].password)
        let key = try SealedKeyfile.key(from: SecretBytes(utf8: vectors[0].password))
        for row in vectors {
            let text = try Self.open(row.nacl_hex.bytes, key: key)
            let content = try text.withBytes { (text) throws(SigningError) in try Keyfile.read(text) }
            #expect(content.accountID.ss58 == KeyfileTests.address)
        }
    }

    @Test("are closed to another key, and once any part is changed or missing")
    func refused() throws {
        let key = SecretBytes.random(count: 32)
        let text = SecretBytes(utf8: "the text")
        let sealed = SealedKeyfile.seal(text, key: key).withBytes { Array($0) }
        #expect(sealed.starts(with: "$NACL".utf8))
        let isSame = try Self.open(sealed, key: key).isEqual(to: text)
        #expect(isSame)
        let error = #expect(throws: SigningError.self) {
            _ = try Self.open(sealed, key: SecretBytes.random(count: 32))
        }
        #expect(error?.code == .wrongPassword)
        for index in 5..<sealed.count {
            var changed = sealed
            changed[index] ^= 1
            #expect(throws: SigningError.self) { _ = try Self.open(changed, key: key) }
        }
        for count in 5..<sealed.count {
            let error = #expect(throws: SigningError.self) { _ = try Self.open(Array(sealed[..<count]), key: key) }
            #expect(error?.code == (count <= 45 ? .invalidKeyfile : .wrongPassword))
        }
    }

    @Test("of one text differ each time")
    func nonces() {
        let key = SecretBytes.random(count: 32)
        let text = SecretBytes(utf8: "the text")
        let isSame = SealedKeyfile.seal(text, key: key).isEqual(to: SealedKeyfile.seal(text, key: key))
        #expect(!isSame)
    }

    @Test("need a password that is not empty")
    func empty() {
        #expect(throws: SigningError.self) { _ = try SealedKeyfile.key(from: SecretBytes(copying: [])) }
    }
}
