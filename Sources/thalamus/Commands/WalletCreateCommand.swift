import ArgumentParser
import Foundation
import JSON
import NIOCore
import Signing

struct WalletCreateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Create a wallet: an encrypted coldkey and a plain hotkey.",
        discussion: """
            The mnemonics are printed once, on standard output; they are not kept anywhere but in the keyfiles. Nothing \
            is written when any of the files exists.
            """)

    enum Part: String, ExpressibleByArgument, CaseIterable { case coldkey, hotkey }

    @OptionGroup var options: WalletOptions
    @OptionGroup var password: WalletPasswordOptions
    @Option(help: "The hotkey's name.") var hotkey = "default"
    @Option(help: "Create this part alone.") var only: Part?
    @Option(help: "Words of each mnemonic: 12, 15, 18, 21 or 24.") var words = 12
    @Option(help: "Kind of the keys; validators and miners use sr25519.") var keyType = WalletKeyType.sr25519
    @Flag(help: "Write the coldkey without a password.") var plainColdkey = false
    @Flag(help: "Encrypt the hotkey too, with the same password.") var encryptHotkey = false
    @Flag(help: "Replace existing files: their keys are lost unless you have the mnemonics.") var overwrite = false
    @Flag(help: "Print JSON.") var json = false

    func validate() throws {
        guard Mnemonic.wordCounts.contains(words) else {
            throw ValidationError("--words must be 12, 15, 18, 21 or 24")
        }
    }

    func run() async throws {
        let directory = try options.directory()
        var created: [WalletNewKey] = []
        var files: [Wallet.NewFile] = []
        if only != .hotkey {
            let key = try WalletKey.generate(wordCount: words, keyType.cryptoType)
            let new = WalletNewKey(role: "coldkey", key: key, path: directory.coldkey, isSealed: !plainColdkey)
            created.append(new)
            files += new.files(publicPath: directory.coldkeypub)
        }
        if only != .coldkey {
            let key = try WalletKey.generate(wordCount: words, keyType.cryptoType)
            let path = try directory.hotkey(hotkey)
            let new = WalletNewKey(role: "hotkey", key: key, path: path, isSealed: encryptHotkey)
            created.append(new)
            files += new.files(publicPath: try directory.hotkeypub(hotkey))
        }
        try WalletNewKey.write(files, isOverwriting: overwrite, password)
        do {
            try WalletNewKey.show(created, of: directory, json: json)
        } catch {
            throw SigningError(
                .fileUnwritable,
                "the mnemonics cannot be shown (\(error)), though the wallet is written: create it again with --overwrite"
            )
        }
    }
}

/// A key that was made or imported, and where it goes.
struct WalletNewKey {
    let role: String
    let key: WalletKey
    let path: String
    let isSealed: Bool

    func files(publicPath: String) -> [Wallet.NewFile] {
        [
            isSealed ? .sealed(key, path: path) : .secret(key, path: path),
            .publicOnly(key.accountID, key.pair.cryptoType, path: publicPath),
        ]
    }

    /// The password is asked for once, for all.
    static func write(_ files: [Wallet.NewFile], isOverwriting: Bool, _ options: WalletPasswordOptions) throws {
        let passwords = Passwords(options)
        try Wallet.write(files, isOverwriting: isOverwriting) { (path) throws(SigningError) -> SecretBytes in
            try passwords.new(forFileAt: path)
        }
    }

    private final class Passwords {
        private let options: WalletPasswordOptions
        private var password: SecretBytes?

        init(_ options: WalletPasswordOptions) { self.options = options }

        func new(forFileAt path: String) throws(SigningError) -> SecretBytes {
            let asked: SecretBytes
            if let password = password.take() { asked = password } else { asked = try options.new(forFileAt: path) }
            password = asked.copy()
            return asked
        }
    }

    /// The mnemonics go from locked memory to the output.
    static func show(_ keys: [WalletNewKey], of directory: WalletDirectory, json: Bool) throws {
        var text = SecretText(capacity: 64 * 1_024)
        if json {
            text.append(#"{"wallet":"# + quoted(directory.name))
            for new in keys {
                var writer = JSONWriter()
                writer.beginObject()
                writer.members(of: new.key.accountID, new.key.pair.cryptoType)
                writer.member("path", new.path)
                writer.member("encrypted", new.isSealed)
                writer.endObject()
                text.append(#","\#(new.role)":"# + String(buffer: writer.buffer).dropLast())
                _ = new.key.withMnemonic { mnemonic in
                    text.append(#","mnemonic":""# as StaticString)
                    text.append(mnemonic)
                    text.append(#"""# as StaticString)
                }
                text.append("}" as StaticString)
            }
            text.append("}\n" as StaticString)
        } else {
            text.append("Wallet \(directory.name) in \(directory.path)\n")
            for new in keys {
                let note = new.isSealed ? " (encrypted)" : ""
                text.append("  \(new.role.padding(9))\(new.key.accountID.ss58)  \(new.path)\(note)\n")
            }
            text.append(
                "\nThe mnemonics are shown this once. Whoever has one has the key: write them down, keep them safe.\n\n"
            )
            for new in keys {
                text.append("  \(new.role.padding(9))")
                _ = new.key.withMnemonic { text.append($0) }
                text.append("\n")
            }
        }
        try text.finished().write(to: STDOUT_FILENO)
    }

    private static func quoted(_ text: String) -> String {
        var writer = JSONWriter()
        writer.string(text)
        return String(buffer: writer.buffer)
    }
}

extension String {
    /// With spaces up to `count` characters.
    func padding(_ count: Int) -> String { self + String(repeating: " ", count: max(0, count - self.count)) }
}
