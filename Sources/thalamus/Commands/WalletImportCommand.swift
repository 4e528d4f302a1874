import ArgumentParser
import Foundation
import JSON
import NIOCore
import Signing

struct WalletImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Write a key you have into a wallet.",
        discussion: """
            The secret is a mnemonic, a seed or private key in hexadecimal, or a secret URI such as //Alice or \
            WORDS//path///password. It is read from --secret-file, or typed without echo. A coldkeypub needs only an \
            address: the machine then knows the account and cannot sign for it.
            """)

    enum Part: String, ExpressibleByArgument, CaseIterable { case coldkey, hotkey, coldkeypub }

    @Argument(help: "coldkey, hotkey or coldkeypub.") var part: Part
    @OptionGroup var options: WalletOptions
    @OptionGroup var password: WalletPasswordOptions
    @Option(help: "The hotkey's name.") var hotkey = "default"
    @Option(help: "A file that holds the secret (mode 0600); - is standard input.") var secretFile: String?
    @Option(help: "The SS58 address of a coldkeypub.") var address: String?
    @Option(help: "Kind of the key.") var keyType = WalletKeyType.sr25519
    @Flag(help: "Write a coldkey without a password.") var plainColdkey = false
    @Flag(help: "Encrypt a hotkey.") var encryptHotkey = false
    @Flag(help: "Replace existing files.") var overwrite = false
    @Flag(help: "Print JSON.") var json = false

    func validate() throws {
        if part == .coldkeypub, address == nil { throw ValidationError("a coldkeypub needs --address") }
        if part != .coldkeypub, address != nil { throw ValidationError("--address is for a coldkeypub only") }
    }

    func run() async throws {
        let directory = try options.directory()
        if let address {
            let account = try AccountID(ss58: address)
            try Wallet.write(
                [.publicOnly(account, keyType.cryptoType, path: directory.coldkeypub)], isOverwriting: overwrite)
            return show(account, at: directory.coldkeypub)
        }
        let isColdkey = part == .coldkey
        let path = try isColdkey ? directory.coldkey : directory.hotkey(hotkey)
        let publicPath = try isColdkey ? directory.coldkeypub : directory.hotkeypub(hotkey)
        let key = try WalletKey(text: secret(), keyType.cryptoType)
        let new = WalletNewKey(
            role: part.rawValue, key: key, path: path, isSealed: isColdkey ? !plainColdkey : encryptHotkey)
        try WalletNewKey.write(new.files(publicPath: publicPath), isOverwriting: overwrite, password)
        show(key.accountID, at: path)
    }

    private func secret() throws -> SecretBytes {
        guard let secretFile else {
            return try WalletPrompt.secret(
                "Mnemonic, seed or secret URI: ", instead: "give the secret by --secret-file")
        }
        return try secretFile == "-"
            ? SecretBytes(readingFrom: STDIN_FILENO) : SecretBytes(contentsOfFile: secretFile)
    }

    private func show(_ account: AccountID, at path: String) {
        guard json else { return Thalamus.say("\(part.rawValue.padding(12))\(account.ss58)  \(path)") }
        var writer = JSONWriter()
        writer.beginObject()
        writer.members(of: account, keyType.cryptoType)
        writer.member("path", path)
        writer.endObject()
        Thalamus.say(String(buffer: writer.buffer))
    }
}
