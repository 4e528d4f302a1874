import ArgumentParser
import JSON
import NIOCore
import Signing

struct WalletListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List all wallets with their addresses; no password is asked for.")
    @Option(help: "Where wallets lie.") var walletPath = Wallet.defaultRoot
    @Flag(help: "Print JSON.") var json = false

    func run() async throws {
        let wallets = try WalletDirectory.all(root: walletPath).map { WalletListing($0) }
        guard json else {
            return Table(["WALLET", "KEY", "ADDRESS", "STATE"], wallets.flatMap(\.rows)).print()
        }
        var writer = JSONWriter()
        writer.beginArray()
        for wallet in wallets { wallet.write(to: &writer) }
        writer.endArray()
        print(String(buffer: writer.buffer))
    }
}

struct WalletShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show one wallet's addresses and files; no password is asked for.")
    @OptionGroup var options: WalletOptions
    @Flag(help: "Print JSON.") var json = false

    func run() async throws {
        let directory = try options.directory()
        let listing = WalletListing(directory)
        guard !listing.keys.isEmpty else {
            throw SigningError(.fileUnreadable, "\(directory.path): there is no wallet")
        }
        guard json else {
            return Table(
                ["KEY", "ADDRESS", "STATE", "FILE"],
                listing.keys.map { [$0.label, $0.address, $0.state, $0.path] }
            ).print()
        }
        var writer = JSONWriter()
        listing.write(to: &writer)
        print(String(buffer: writer.buffer))
    }
}

/// What one wallet's files show without a password.
struct WalletListing {
    struct Key {
        /// `coldkey`, or the hotkey's name.
        let name: String
        let isHotkey: Bool
        let path: String
        let account: AccountID?
        let type: CryptoType?
        /// Such as `encrypted`; what is wrong, in a few words, otherwise.
        let state: String

        var label: String { isHotkey ? "hotkey \(name)" : name }
        var address: String { account?.ss58 ?? "-" }
    }

    let wallet: WalletDirectory
    let keys: [Key]

    init(_ wallet: WalletDirectory) {
        self.wallet = wallet
        var keys: [Key] = []
        if let key = Self.key("coldkey", isHotkey: false, at: wallet.coldkey, publicAt: wallet.coldkeypub) {
            keys.append(key)
        }
        for name in wallet.hotkeyNames {
            guard let path = try? wallet.hotkey(name), let publicPath = try? wallet.hotkeypub(name),
                let key = Self.key(name, isHotkey: true, at: path, publicAt: publicPath)
            else { continue }
            keys.append(key)
        }
        self.keys = keys
    }

    /// The public file gives the address where the other is encrypted or not on this machine.
    private static func key(_ name: String, isHotkey: Bool, at path: String, publicAt publicPath: String) -> Key? {
        let secret = try? Wallet.summary(ofFileAt: path)
        let open = try? Wallet.summary(ofFileAt: publicPath)
        guard secret != nil || open != nil else { return nil }
        var state = secret?.protection.rawValue ?? "public only"
        if let secret, secret.isExposed {
            state += ", exposed (mode \(String(secret.mode, radix: 8))): chmod 600"
        }
        if let account = secret?.accountID, let other = open?.accountID, account != other {
            state += ", its public file is another key's"
        }
        return Key(
            name: name, isHotkey: isHotkey, path: secret == nil ? publicPath : path,
            account: secret?.accountID ?? open?.accountID, type: secret?.cryptoType ?? open?.cryptoType, state: state)
    }

    var rows: [[String]] { keys.map { [wallet.name, $0.label, $0.address, $0.state] } }

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("wallet", wallet.name)
        writer.member("path", wallet.path)
        writer.name("coldkey")
        if let coldkey = keys.first(where: { !$0.isHotkey }) { write(coldkey, to: &writer) } else { writer.null() }
        writer.name("hotkeys")
        writer.beginArray()
        for key in keys where key.isHotkey { write(key, to: &writer) }
        writer.endArray()
        writer.endObject()
    }

    private func write(_ key: Key, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("name", key.name)
        writer.member("address", optional: key.account?.ss58)
        writer.member("key_type", optional: key.type?.name)
        writer.member("state", key.state)
        writer.member("path", key.path)
        writer.endObject()
    }
}
