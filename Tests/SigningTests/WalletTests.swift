import Foundation
import Testing

@testable import Signing

@Suite("Wallet") struct WalletTests {
    static let plain = Result {
        try Fixture.load("bittensor@10.5.0/keyfile_v10.json", as: SealedKeyfileTests.Vectors.self).plain
    }

    @Test("reads a hotkey from the official file")
    func hotkey() throws {
        try withFile(Self.plain.get()) { path in
            let pair = try Wallet.hotkey(fileAt: path)
            #expect(pair.accountID.ss58 == KeyfileTests.address)
        }
    }

    @Test(
        "names the file in every refusal",
        arguments: [
            (content: #"{"secretSeed":"0xzz"}"#, code: SigningError.Code.invalidKeyfile),
            (content: #"{"ss58Address":"5DfhGyQdFobKM8NsWvEeAKk5EQQgYe9AydgJ7rMB6E1EqRzV"}"#, code: .invalidKeyfile),
            (content: #"{"secretPhrase":"\#(KeyfileTests.phrase)","cryptoType":0}"#, code: .unsupported),
            (content: #"{"secretSeed":"0x","cryptoType":7}"#, code: .unsupported),
            (content: "$NACL and more", code: .invalidKeyfile), (content: "$ANSIBLE_VAULT;1.1", code: .unsupported),
            (content: "gAAAAABoG", code: .unsupported), (content: "", code: .invalidKeyfile),
            (content: String(repeating: " ", count: 70_000), code: .fileUnreadable),
        ])
    func refused(content: String, code: SigningError.Code) throws {
        try withFile(content) { path in
            let error = #expect(throws: SigningError.self) { try Wallet.hotkey(fileAt: path) }
            #expect(error?.code == code)
            #expect(error?.message.hasPrefix(path) == true)
        }
    }

    @Test("refuses a secret that others may read, and says what to do", arguments: [0o640, 0o604, 0o644, 0o660])
    func exposed(mode: Int) throws {
        try withFile(Self.plain.get(), mode: mode) { path in
            let error = #expect(throws: SigningError.self) { try Wallet.hotkey(fileAt: path) }
            #expect(error?.code == .fileExposed)
            #expect(error?.message.contains("chmod 600") == true)
            let summary = try Wallet.summary(ofFileAt: path)
            #expect(summary.isExposed)
        }
    }

    @Test("refuses what is missing, a folder or a pipe without waiting")
    func noFile() throws {
        try withFolder { folder in
            mkfifo(folder + "/pipe", 0o600)
            for path in [folder + "/missing", folder, folder + "/pipe"] {
                let error = #expect(throws: SigningError.self) { try Wallet.hotkey(fileAt: path) }
                #expect(error?.code == .fileUnreadable)
            }
        }
    }

    @Test("writes files for their owner only, and never over others")
    func write() throws {
        try withFolder { folder in
            let wallet = try WalletDirectory("w", root: folder + "/wallets")
            let key = try WalletKey.generate()
            let files: [Wallet.NewFile] = [
                .publicOnly(key.accountID, .sr25519, path: try wallet.hotkeypub("h")),
                .secret(key, path: try wallet.hotkey("h")),
            ]
            try Wallet.write(files)
            #expect(try Wallet.hotkey(fileAt: wallet.hotkey("h")).accountID == key.accountID)
            #expect(try mode(of: wallet.hotkey("h")) == 0o600)
            #expect(try mode(of: wallet.path + "/hotkeys") == 0o700)
            #expect(wallet.hotkeyNames == ["h"])
            #expect(try FileManager.default.contentsOfDirectory(atPath: wallet.path + "/hotkeys").count == 2)

            let other = try WalletKey.generate()
            let error = #expect(throws: SigningError.self) {
                try Wallet.write([
                    .secret(other, path: folder + "/other"), .secret(other, path: try wallet.hotkey("h")),
                ])
            }
            #expect(error?.code == .fileExists)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["wallets"], "nothing is written")
            #expect(try Wallet.hotkey(fileAt: wallet.hotkey("h")).accountID == key.accountID)

            try Wallet.write([.secret(other, path: try wallet.hotkey("h"))], isOverwriting: true)
            #expect(try Wallet.hotkey(fileAt: wallet.hotkey("h")).accountID == other.accountID)
            #expect(try WalletDirectory.all(root: folder + "/wallets").map(\.name) == ["w"])
        }
    }

    @Test("takes drafts back when one of several files cannot be put in place")
    func atomic() throws {
        try withFolder { folder in
            let text = SecretBytes(utf8: "text")
            let drafts = try ["a", "b", "c"].map { try FileDraft(of: "\(folder)/\($0)", holding: text) }
            try Data().write(to: URL(filePath: folder + "/c"))
            #expect(throws: SigningError.self) { try FileDraft.place(drafts, isOverwriting: false) }
            let left = try FileManager.default.contentsOfDirectory(atPath: folder)
            #expect(left.filter { !$0.hasSuffix(".tmp") } == ["c"])
        }
    }

    @Test("encrypts a key with a password and opens it with that one only")
    func sealed() throws {
        try withFolder { folder in
            let path = folder + "/coldkey"
            let key = try WalletKey.generate()
            try Wallet.write([.sealed(key, path: path)]) { (_) in SecretBytes(utf8: "a password") }
            #expect(try Wallet.summary(ofFileAt: path).protection == .encrypted)
            let opened = try Wallet.key(fileAt: path) { (_) in SecretBytes(utf8: "a password") }
            #expect(opened.accountID == key.accountID)
            let error = #expect(throws: SigningError.self) {
                try Wallet.key(fileAt: path) { (_) in SecretBytes(utf8: "canary password") }
            }
            #expect(error?.code == .wrongPassword)
            #expect(error?.message.contains("canary") == false)
            let none = #expect(throws: SigningError.self) { try Wallet.key(fileAt: path) }
            #expect(none?.code == .passwordNeeded)
        }
    }

    @Test("refuses names that lead elsewhere", arguments: ["", ".", "..", "a/b", "/etc", ".hidden", "a\u{0}", "a\nb"])
    func names(name: String) throws {
        #expect(throws: SigningError.self) { try WalletDirectory(name) }
        #expect(throws: SigningError.self) { try WalletDirectory("w").hotkey(name) }
    }

    @Test("shows the public half of a key only")
    func descriptions() throws {
        let key = try WalletKey(mnemonic: SecretBytes(utf8: KeyfileTests.phrase))
        var texts = ["\(key)", String(reflecting: key), "\(KeyfileContent.secret(key))", "\(key.pair)"]
        var dumped = ""
        dump(KeyfileContent.secret(key), to: &dumped)
        texts.append(dumped)
        for text in texts {
            for secret in ["bottom", String(KeyfileTests.seed.prefix(12)), String(KeyfileTests.key.prefix(12))] {
                #expect(!text.contains(secret))
            }
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
