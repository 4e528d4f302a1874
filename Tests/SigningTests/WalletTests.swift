import Foundation
import Signing
import Testing

@Suite("Wallet") struct WalletTests {
    struct Vectors: Decodable {
        let plain: String
        let nacl_hex: HexBytes

        enum CodingKeys: CodingKey { case plain, nacl_hex }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            plain = try container.decode(String.self, forKey: .plain)
            nacl_hex = try container.decode(HexBytes.self, forKey: .nacl_hex)
        }
    }
    static let files = ["bittensor@10.5.0/keyfile_v10.json", "bittensor-core@0.1.5/keyfile_v11.json"]
    static let address = "5DfhGyQdFobKM8NsWvEeAKk5EQQgYe9AydgJ7rMB6E1EqRzV"

    @Test("reads plain hotkeys of both generations of the SDK", arguments: files)
    func plain(file: String) throws {
        try withFile(try Fixture.load(file, as: Vectors.self).plain) { path in
            let pair = try Wallet.hotkey(fileAt: path)
            #expect(pair.accountID.ss58 == Self.address)
        }
    }

    @Test("reads the private key when there is no seed")
    func privateKey() throws {
        let plain = try Fixture.load(Self.files[0], as: Vectors.self).plain
        try withFile(plain.replacing("secretSeed", with: "other")) { path in
            let pair = try Wallet.hotkey(fileAt: path)
            #expect(pair.accountID.ss58 == Self.address)
        }
    }

    @Test(
        "says what it cannot read",
        arguments: [
            (content: #"{"secretPhrase":"bottom drive"}"#, code: SigningError.Code.unsupported),
            (content: #"{"secretSeed":"0x00","cryptoType":0}"#, code: .unsupported),
            (content: #"{"ss58Address":"5DfhGyQdFobKM8NsWvEeAKk5EQQgYe9AydgJ7rMB6E1EqRzV"}"#, code: .invalidKeyfile),
            (content: #"{"secretSeed":"0xzz"}"#, code: .invalidKeyfile),
            (content: #"{"secretSeed":"0x1234"}"#, code: .invalidSecret),
            (content: "$NACL and more", code: .unsupported),
            (content: "[", code: .invalidKeyfile),
            (content: "", code: .invalidKeyfile),
            (content: String(repeating: " ", count: 70_000), code: .fileUnreadable),
        ])
    func refused(content: String, code: SigningError.Code) throws {
        try withFile(content) { path in
            let error = #expect(throws: SigningError.self) { try Wallet.hotkey(fileAt: path) }
            #expect(error?.code == code)
            #expect(error?.message.hasPrefix(path) == true)
        }
    }

    @Test("refuses a file whose public members belong to another key")
    func contradiction() throws {
        let plain = try Fixture.load(Self.files[0], as: Vectors.self).plain
        let other = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"
        try withFile(plain.replacing(Self.address, with: other)) { path in
            #expect(throws: SigningError.self) { try Wallet.hotkey(fileAt: path) }
        }
    }

    @Test("refuses a file that others may read, and says what to do", arguments: [0o640, 0o604, 0o644, 0o660])
    func exposed(mode: Int) throws {
        try withFile(try Fixture.load(Self.files[0], as: Vectors.self).plain, mode: mode) { path in
            let error = #expect(throws: SigningError.self) { try Wallet.hotkey(fileAt: path) }
            #expect(error?.code == .fileExposed)
            #expect(error?.message.contains("chmod 600") == true)
        }
    }

    @Test("writes a file that it and the official tools read, for its owner only, and never over another")
    func write() throws {
        try withFolder { folder in
            let path = Wallet.hotkeyPath(wallet: "w", hotkey: "h", root: folder + "/wallets")
            let seed = Wallet.randomSeed()
            let pair = try Wallet.writeHotkey(seed: seed, toFileAt: path)
            #expect(try Wallet.hotkey(fileAt: path).accountID == pair.accountID)
            #expect(try mode(of: path) == 0o600)
            #expect(try mode(of: folder + "/wallets/w/hotkeys") == 0o700)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/wallets/w/hotkeys") == ["h"])

            let error = #expect(throws: SigningError.self) { try Wallet.writeHotkey(seed: seed, toFileAt: path) }
            #expect(error?.code == .fileExists)
            let json = try #require(
                try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: path))) as? [String: Any])
            #expect(
                Set(json.keys) == [
                    "accountId", "publicKey", "privateKey", "secretSeed", "ss58Address", "cryptoType",
                ])
            #expect(json["cryptoType"] as? Int == 1)
        }
    }

    @Test("keeps a derived pair, which has no seed")
    func derived() throws {
        try withFolder { folder in
            let pair = try SR25519KeyPair(uri: "//Alice/soft")
            try Wallet.writeHotkey(pair, toFileAt: folder + "/derived")
            #expect(try Wallet.hotkey(fileAt: folder + "/derived").accountID == pair.accountID)
        }
    }

    private func mode(of path: String) throws -> Int? {
        (try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber)?.intValue
    }

    private func withFile(_ content: String, mode: Int = 0o600, _ body: (String) throws -> Void) throws {
        try withFolder { folder in
            let path = folder + "/hotkey"
            try Data(content.utf8).write(to: URL(filePath: path))
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
            try body(path)
        }
    }

    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "thalamus-\(UUID().uuidString)").path()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }
}
