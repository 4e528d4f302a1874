import CSodium

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Where a wallet's password comes from when nobody types it.
///
/// - Source: bittensor-wallet 4.1.1, `keyfile.rs` (`BT_PW_…`); bittensor 11.3.0, `wallets.py` (the others).
public enum WalletPassword {
    private static let maximumBytes = 4_096

    /// The password for the file at `path`, from the first that is set of:
    /// `BT_PW_` and the path in upper case with `_` for `/` and `.`, which holds base64 of the password XOR the
    /// variable's own name; `BT_WALLET_PASSWORD`; the file that `BT_WALLET_PASSWORD_FILE` names.
    ///
    /// - Returns: nil when none is set.
    /// - Throws: ``SigningError`` naming a variable that holds no password.
    public static func fromEnvironment(forFileAt path: String) throws(SigningError) -> SecretBytes? {
        let variable = variable(forFileAt: path)
        if let value = value(of: variable) {
            guard let password = unmasked(value, variable) else {
                throw SigningError(.wrongPassword, "\(variable): is not the base64 text of a password")
            }
            return password
        }
        if let value = value(of: "BT_WALLET_PASSWORD") { return SecretBytes(copying: value) }
        if let value = value(of: "BT_WALLET_PASSWORD_FILE") {
            return try fromFile(String(decoding: value, as: UTF8.self))
        }
        return nil
    }

    /// The first line of a file that only its owner has access to.
    ///
    /// - Throws: ``SigningError`` with code `fileUnreadable`, `fileExposed`, or `passwordNeeded` for an empty line.
    public static func fromFile(_ path: String) throws(SigningError) -> SecretBytes {
        let content: SecretBytes
        do { content = try SecretFile.read(Wallet.expandingHome(path)).takeBytes() } catch { throw error.naming(path) }
        let line = content.withBytes { bytes in
            SecretBytes(copying: UnsafeRawBufferPointer(rebasing: bytes.prefix { $0 != 0x0a && $0 != 0x0d }))
        }
        guard line.count > 0 else { throw SigningError(.passwordNeeded, "\(path): its first line is empty") }
        return line
    }

    static func variable(forFileAt path: String) -> String {
        "BT_PW_" + String(path.map { $0 == "/" || $0 == "." ? "_" : $0 }).uppercased()
    }

    static func unmasked(_ value: UnsafeRawBufferPointer, _ variable: String) -> SecretBytes? {
        let mask = Array(variable.utf8)
        var text = SecretBytes(count: value.count)
        var count = 0
        let isText = text.withMutableBytes { text in
            value.withMemoryRebound(to: CChar.self) { value in
                guard let start = value.baseAddress else { return false }
                return sodium_base642bin(
                    text.octets, text.count, start, value.count, nil, &count, nil, sodium_base64_VARIANT_ORIGINAL) == 0
            }
        }
        guard isText, count > 0 else { return nil }
        text.withMutableBytes { text in
            for index in 0..<count { text[index] ^= mask[index % mask.count] }
        }
        return text.withBytes { SecretBytes(copying: UnsafeRawBufferPointer(rebasing: $0[..<count])) }
    }

    /// The variable's own memory; nil when it is missing, empty or longer than a password.
    private static func value(of variable: String) -> UnsafeRawBufferPointer? {
        guard let value = getenv(variable) else { return nil }
        let count = strlen(value)
        return (1...maximumBytes).contains(count) ? UnsafeRawBufferPointer(start: value, count: count) : nil
    }
}
