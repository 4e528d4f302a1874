#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Hotkeys in the directory layout of the official tools: `<root>/<wallet>/hotkeys/<hotkey>`.
///
/// Plain keyfiles only. Encrypted ones and mnemonics are refused by name. Coldkeys are never read.
public enum Wallet {
    /// Where the official tools keep wallets.
    public static let defaultRoot = "~/.bittensor/wallets"

    /// The path of a hotkey's file.
    public static func hotkeyPath(wallet: String = "default", hotkey: String = "default", root: String = defaultRoot)
        -> String
    {
        "\(expandingHome(root))/\(wallet)/hotkeys/\(hotkey)"
    }

    /// Reads a plain hotkey file.
    ///
    /// - Throws: ``SigningError`` with code `fileUnreadable`, `fileExposed` when group or others have any access,
    ///   `invalidKeyfile`, or `unsupported`.
    public static func hotkey(fileAt path: String) throws(SigningError) -> SR25519KeyPair {
        do {
            return try Keyfile(parsing: SecretFile.read(expandingHome(path))).keyPair()
        } catch {
            throw SigningError(error.code, "\(path): \(error.message)")
        }
    }

    /// Writes a new hotkey file that the official tools read, mode 0600, in directories of mode 0700.
    ///
    /// The file appears whole or not at all, and an existing one is never replaced.
    ///
    /// - Parameter seed: the 32-byte mini-secret.
    /// - Throws: ``SigningError`` with code `fileExists`, `fileUnwritable` or `invalidSecret`.
    @discardableResult
    public static func writeHotkey(seed: [UInt8], toFileAt path: String) throws(SigningError) -> SR25519KeyPair {
        let pair = try SR25519KeyPair(seed: seed)
        var keyfile = Keyfile(describing: pair.accountID)
        keyfile.secretSeed = "0x" + Hex.encode(seed)
        try write(keyfile, of: pair, to: path)
        return pair
    }

    /// The same for a pair whose seed is not known, such as a derived one.
    public static func writeHotkey(_ pair: SR25519KeyPair, toFileAt path: String) throws(SigningError) {
        try write(Keyfile(describing: pair.accountID), of: pair, to: path)
    }

    /// A fresh seed from the system's generator.
    public static func randomSeed() -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<4).flatMap { _ in withUnsafeBytes(of: generator.next()) { Array($0) } }
    }

    private static func write(_ keyfile: Keyfile, of pair: SR25519KeyPair, to path: String) throws(SigningError) {
        var keyfile = keyfile
        keyfile.privateKey = "0x" + pair.withPrivateKey { Hex.encode($0) }
        try SecretFile.create(expandingHome(path), holding: keyfile.encoded())
    }

    private static func expandingHome(_ path: String) -> String {
        guard path.hasPrefix("~/"), let home = getenv("HOME") else { return path }
        return String(cString: home) + path.dropFirst()
    }
}
