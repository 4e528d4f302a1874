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
    @Option(help: "A file of many messages, one in hexadecimal per line; one answer per line is printed.") var lines:
        String?

    func validate() throws {
        guard [message, messageHex, messageFile, lines].compactMap({ $0 }).count == 1 else {
            throw ValidationError("give one of --message, --message-hex, --message-file and --lines")
        }
    }

    /// The words of each line, decoded; nil unless there are `count` in each.
    func decodedLines(of file: String, count: Int) throws -> [[[UInt8]]] {
        let text = String(decoding: try Self.content(of: file), as: UTF8.self)
        return try text.split(whereSeparator: \.isNewline).enumerated().map { number, line in
            do {
                let words = try line.split(separator: " ", omittingEmptySubsequences: false).map {
                    try Hex.decode(String($0))
                }
                guard words.count == count else {
                    throw SigningError(.invalidHex, "has \(words.count) words, not \(count)")
                }
                return words
            } catch {
                throw SigningError(.invalidHex, "\(file): line \(number + 1): \(error)")
            }
        }
    }

    private static func content(of file: String) throws -> [UInt8] {
        if file == "-" { return Array(try FileHandle.standardInput.readToEnd() ?? Data()) }
        guard let content = FileManager.default.contents(atPath: file) else {
            throw SigningError(.fileUnreadable, "\(file): cannot be read")
        }
        return Array(content)
    }

    func bytes() throws -> [UInt8] {
        if let message { return Array(message.utf8) }
        if let messageHex {
            do { return try Hex.decode(messageHex) } catch { throw SigningError(error.code, "--message-hex: \(error)") }
        }
        return try Self.content(of: messageFile ?? "-")
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
        let batch = try messages.lines.map { try messages.decodedLines(of: $0, count: 1).map { $0[0] } }
        let message = try batch == nil ? messages.bytes() : []
        let directory = try options.directory()
        let path = try keyfile ?? (coldkey ? directory.coldkey : directory.hotkey(hotkey))
        let key = try Wallet.key(fileAt: path) { (path) throws(SigningError) -> SecretBytes in
            try password.existing(forFileAt: path)
        }
        if let batch {
            for message in batch { print(Hex.encode(key.pair.sign(message))) }
            return
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
    @Option(help: "The signature: 128 hexadecimal digits. With --lines it stands in each line, behind the message.")
    var signature: String?
    @Option(help: "Kind of the key.") var keyType = WalletKeyType.sr25519
    @Flag(help: "Accept what browser wallets sign too: the message between <Bytes> and </Bytes>.") var wrapped = false
    @Flag(help: "Print JSON.") var json = false

    func validate() throws {
        guard (signature == nil) == (messages.lines != nil) else {
            throw ValidationError("give --signature, unless the signatures are in --lines")
        }
    }

    func run() async throws {
        let account = try AccountID(ss58: address)
        if let file = messages.lines {
            let answers = try messages.decodedLines(of: file, count: 2).map {
                self.isValid($0[1], for: $0[0], by: account)
            }
            for isValid in answers { print(isValid ? "valid" : "not valid") }
            if answers.contains(false) { throw ExitCode.failure }
            return
        }
        let isValid = self.isValid(try signatureBytes(), for: try messages.bytes(), by: account)
        if json {
            print(#"{"valid":\#(isValid)}"#)
        } else {
            print(isValid ? "valid: signed by \(account.ss58)" : "not valid: not signed by \(account.ss58)")
        }
        if !isValid { throw ExitCode.failure }
    }

    private func signatureBytes() throws -> [UInt8] {
        let bytes: [UInt8]
        do { bytes = try Hex.decode(signature ?? "") } catch { throw SigningError(error.code, "--signature: \(error)") }
        guard bytes.count == 64 else {
            throw SigningError(.invalidHex, "--signature: has \(bytes.count) bytes instead of 64")
        }
        return bytes
    }

    private func isValid(_ signature: [UInt8], for message: [UInt8], by account: AccountID) -> Bool {
        if KeyPair.isValid(signature, for: message, by: account, keyType.cryptoType) { return true }
        guard wrapped else { return false }
        let text = Array("<Bytes>".utf8) + message + Array("</Bytes>".utf8)
        return KeyPair.isValid(signature, for: text, by: account, keyType.cryptoType)
    }
}
