import ArgumentParser
import Foundation
import JSON
import NIOCore
import Signing

struct WalletCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wallet", abstract: "Keyfiles that the official tools read and write.",
        discussion: """
            A password comes from --password-file, else from the environment as for the official tools (BT_PW_ and the \
            keyfile's path, BT_WALLET_PASSWORD, BT_WALLET_PASSWORD_FILE), else from a prompt without echo. Secrets are \
            never taken from the command line, where other users see them.
            """,
        subcommands: [
            WalletCreateCommand.self, WalletImportCommand.self, WalletListCommand.self, WalletShowCommand.self,
            WalletSignCommand.self, WalletVerifyCommand.self,
        ])
}

/// Which wallet.
struct WalletOptions: ParsableArguments {
    @Option(name: [.customLong("wallet"), .customLong("wallet-name")], help: "The wallet's name.") var wallet =
        "default"
    @Option(help: "Where wallets lie.") var walletPath = Wallet.defaultRoot

    func directory() throws -> WalletDirectory { try WalletDirectory(wallet, root: walletPath) }
}

/// Where a password comes from.
struct WalletPasswordOptions: ParsableArguments {
    @Option(help: "A file whose first line is the password (mode 0600).") var passwordFile: String?

    /// The password of an existing file.
    func existing(forFileAt path: String) throws(SigningError) -> SecretBytes {
        if let password = try given(forFileAt: path) { return password }
        return try WalletPrompt.secret("Password of \(path): ", instead: Self.instead(path))
    }

    /// The password of a file to be written; typed twice at a prompt.
    func new(forFileAt path: String) throws(SigningError) -> SecretBytes {
        let password: SecretBytes
        if let given = try given(forFileAt: path) {
            password = given
        } else {
            password = try WalletPrompt.secret("New password of \(path): ", instead: Self.instead(path))
            let repeated = try WalletPrompt.secret("The same again: ", instead: Self.instead(path))
            guard password.isEqual(to: repeated) else {
                throw SigningError(.wrongPassword, "the two passwords differ; nothing is written")
            }
        }
        guard password.count >= 8 else {
            throw SigningError(.wrongPassword, "a new password has at least 8 characters; nothing is written")
        }
        return password
    }

    private static func instead(_ path: String) -> String {
        "give the password of \(path) by --password-file, BT_WALLET_PASSWORD_FILE or BT_WALLET_PASSWORD"
    }

    private func given(forFileAt path: String) throws(SigningError) -> SecretBytes? {
        if let passwordFile { return try WalletPassword.fromFile(passwordFile) }
        return try WalletPassword.fromEnvironment(forFileAt: path)
    }
}

/// ``CryptoType`` on the command line.
enum WalletKeyType: String, ExpressibleByArgument, CaseIterable {
    case sr25519, ed25519

    var cryptoType: CryptoType { self == .sr25519 ? .sr25519 : .ed25519 }
}

extension JSONWriter {
    mutating func members(of account: AccountID, _ type: CryptoType) {
        member("address", account.ss58)
        member("public_key", "0x" + Hex.encode(account.bytes))
        member("key_type", type.name)
    }
}
