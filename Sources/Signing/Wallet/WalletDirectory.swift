#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// One wallet's folder, in the layout of the official tools.
///
/// - Source: bittensor 10.5.0 and 11.3.0: `coldkey`, `coldkeypub.txt`, `hotkeys/<name>`, `hotkeys/<name>pub.txt`.
public struct WalletDirectory: Sendable {
    public let root: String
    public let name: String

    /// - Parameters:
    ///   - name: one path component.
    ///   - root: `~/` stands for the home folder.
    /// - Throws: ``SigningError`` with code `invalidName`.
    public init(_ name: String = "default", root: String = Wallet.defaultRoot) throws(SigningError) {
        try Self.requireName(name, of: "wallet")
        self.name = name
        self.root = Wallet.expandingHome(root)
    }

    public var path: String { "\(root)/\(name)" }
    public var coldkey: String { "\(path)/coldkey" }
    public var coldkeypub: String { "\(path)/coldkeypub.txt" }

    /// - Throws: ``SigningError`` with code `invalidName`.
    public func hotkey(_ name: String = "default") throws(SigningError) -> String {
        try Self.requireName(name, of: "hotkey")
        return "\(path)/hotkeys/\(name)"
    }

    /// - Throws: ``SigningError`` with code `invalidName`.
    public func hotkeypub(_ name: String = "default") throws(SigningError) -> String {
        try hotkey(name) + "pub.txt"
    }

    /// The names of the hotkeys, sorted.
    public var hotkeyNames: [String] {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: path + "/hotkeys")) ?? []
        return Set(
            files.filter { !$0.hasPrefix(".") && !$0.hasSuffix(".tmp") }
                .map { $0.hasSuffix("pub.txt") ? String($0.dropLast(7)) : $0 }
        ).filter { !$0.isEmpty }.sorted()
    }

    /// The wallets below `root`, sorted by name; none when there is no such folder.
    ///
    /// - Throws: ``SigningError`` with code `fileUnreadable` when the folder is there and cannot be read.
    public static func all(root: String = Wallet.defaultRoot) throws(SigningError) -> [WalletDirectory] {
        let folder = Wallet.expandingHome(root)
        guard FileManager.default.fileExists(atPath: folder) else { return [] }
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
            throw SigningError(.fileUnreadable, "\(root): cannot be read")
        }
        return names.sorted().compactMap { name in
            guard let wallet = try? WalletDirectory(name, root: root) else { return nil }
            let parts = [wallet.coldkey, wallet.coldkeypub, wallet.path + "/hotkeys"]
            return parts.contains { FileManager.default.fileExists(atPath: $0) } ? wallet : nil
        }
    }

    private static func requireName(_ name: String, of kind: String) throws(SigningError) {
        guard !name.isEmpty, name.utf8.count <= 200, !name.hasPrefix("."),
            !name.unicodeScalars.contains(where: { $0 == "/" || $0.value < 0x20 || $0.value == 0x7f })
        else {
            throw SigningError(.invalidName, "a \(kind)'s name is a file name without / and without a dot in front")
        }
    }
}
