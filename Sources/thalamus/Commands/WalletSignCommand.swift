import ArgumentParser
import Foundation
import JSON
import NIOCore
import Signing

/// What is signed or verified.
struct WalletMessageOptions: ParsableArguments {
    @Option(help: "The message, as text.") var message: String?
    @Option(help: "The message, in hexadecimal.") var messageHex: String?
    @Option(help: "A file that holds the message; - is standard input.") var messageFile: String?

    func validate() throws {
        guard [message, messageHex, messageFile].compactMap({ $0 }).count == 1 else {
            throw ValidationError("give one of --message, --message-hex and --message-file")
        }
    }

    func bytes() throws -> [UInt8] {
        if let message { return Array(message.utf8) }
        if let messageHex {
            do { return try Hex.decode(messageHex) } catch { throw SigningError(error.code, "--message-hex: \(error)") }
        }
        let file = messageFile ?? "-"
        if file == "-" { return Array(try FileHandle.standardInput.readToEnd() ?? Data()) }
        guard let content = FileManager.default.contents(atPath: file) else {
            throw SigningError(.fileUnreadable, "\(file): cannot be read")
        }
        return Array(content)
    }
}

struct WalletSignCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign", abstract: "Sign a message with a wallet's hotkey or coldkey.")
    @OptionGroup var options: WalletOptions
    @OptionGroup var password: WalletPasswordOptions
    @OptionGroup var messages: WalletMessageOptions
    @Option(help: "The hotkey's name.") var hotkey = "default"
    @Flag(help: "Sign with the coldkey.") var coldkey = false
    @Option(help: "Sign with this keyfile instead.") var keyfile: String?
    @Flag(help: "Print JSON.") var json = false

    func run() async throws {
        let message = try messages.bytes()
        let directory = try options.directory()
        let path = try keyfile ?? (coldkey ? directory.coldkey : directory.hotkey(hotkey))
        let key = try Wallet.key(fileAt: path) { (path) throws(SigningError) -> SecretBytes in
            try password.existing(forFileAt: path)
        }
        let signature = Hex.encode(key.pair.sign(message))
        guard json else { return print(signature) }
        var writer = JSONWriter()
        writer.beginObject()
        writer.members(of: key.accountID, key.pair.cryptoType)
        writer.member("signature", "0x" + signature)
        writer.endObject()
        print(String(buffer: writer.buffer))
    }
}

struct WalletVerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Say whether an address signed a message; exit code 1 when it did not.")
    @OptionGroup var messages: WalletMessageOptions
    @Option(help: "The signer's SS58 address.") var address: String
    @Option(help: "The signature: 128 hexadecimal digits.") var signature: String
    @Option(help: "Kind of the key.") var keyType = WalletKeyType.sr25519
    @Flag(help: "Accept what browser wallets sign too: the message between <Bytes> and </Bytes>.") var wrapped = false
    @Flag(help: "Print JSON.") var json = false

    func run() async throws {
        let account = try AccountID(ss58: address)
        let message = try messages.bytes()
        let bytes: [UInt8]
        do { bytes = try Hex.decode(signature) } catch { throw SigningError(error.code, "--signature: \(error)") }
        guard bytes.count == 64 else {
            throw SigningError(.invalidHex, "--signature: has \(bytes.count) bytes instead of 64")
        }
        var isValid = KeyPair.isValid(bytes, for: message, by: account, keyType.cryptoType)
        if wrapped, !isValid {
            let text = Array("<Bytes>".utf8) + message + Array("</Bytes>".utf8)
            isValid = KeyPair.isValid(bytes, for: text, by: account, keyType.cryptoType)
        }
        if json {
            print(#"{"valid":\#(isValid)}"#)
        } else {
            print(isValid ? "valid: signed by \(account.ss58)" : "not valid: not signed by \(account.ss58)")
        }
        if !isValid { throw ExitCode.failure }
    }
}
