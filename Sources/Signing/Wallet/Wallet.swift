#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Reads and writes the keyfiles of the official tools; ``WalletDirectory`` says where they lie.
public enum Wallet {
    /// Where the official tools keep wallets.
    public static let defaultRoot = "~/.bittensor/wallets"

    /// Asked for a password when the file at the path needs one.
    public typealias PasswordSource = (_ path: String) throws(SigningError) -> SecretBytes

    // MARK: - Reading

    /// Reads the hotkey that signs requests and weights. A password is taken from the environment.
    ///
    /// - Throws: ``SigningError`` with code `fileUnreadable`, `fileExposed` when group or others have any access,
    ///   `invalidKeyfile`, `passwordNeeded`, `wrongPassword` or `unsupported`. Every message names the file.
    public static func hotkey(fileAt path: String) throws(SigningError) -> SR25519KeyPair {
        guard case .sr25519(let pair) = try key(fileAt: path).pair else {
            throw SigningError(.unsupported, "\(path): holds an ed25519 key; the hotkey must be sr25519")
        }
        return pair
    }

    /// Reads a key with its secret.
    ///
    /// - Parameter password: asked only for an encrypted file; by default the environment is, see ``WalletPassword``.
    /// - Throws: as ``hotkey(fileAt:)``, and what `password` throws.
    public static func key(
        fileAt path: String, password: PasswordSource = environmentPassword
    ) throws(SigningError) -> WalletKey {
        guard case .secret(let key) = try content(ofFileAt: path, password: password) else {
            throw SigningError(.invalidKeyfile, "\(path): holds no secret: it is the public half of a key")
        }
        return key
    }

    /// Reads a key or the public half of one. Only files with a secret must be their owner's alone.
    ///
    /// - Throws: as ``key(fileAt:password:)``.
    public static func content(
        ofFileAt path: String, password: PasswordSource = environmentPassword
    ) throws(SigningError) -> KeyfileContent {
        let file: SecretFile
        do { file = try SecretFile.read(expandingHome(path), isSecret: false) } catch { throw error.naming(path) }
        guard try isSealed(file, path) else { return try readPlain(file, path) }
        let password = try password(expandingHome(path))
        do { return try open(file, password) } catch { throw error.naming(path) }
    }

    private static func open(
        _ file: borrowing SecretFile, _ password: borrowing SecretBytes
    ) throws(SigningError) -> KeyfileContent {
        let key = try SealedKeyfile.key(from: password)
        let text = try file.bytes.withBytes { (content) throws(SigningError) in
            try SealedKeyfile.open(content, key: key)
        }
        return try parse(text)
    }

    private static func parse(_ text: borrowing SecretBytes) throws(SigningError) -> KeyfileContent {
        try text.withBytes { (text) throws(SigningError) in try Keyfile.read(text) }
    }

    /// Whether the file is one to open with a password. What rules that out is found before the password is asked for.
    private static func isSealed(_ file: borrowing SecretFile, _ path: String) throws(SigningError) -> Bool {
        let form = file.bytes.withBytes { SealedKeyfile.form(of: $0) }
        if form == .plain { return false }
        if file.isExposed { throw SecretFile.exposed(file.mode).naming(path) }
        if case .legacy(let name) = form {
            throw SigningError(
                .unsupported,
                "\(path): is encrypted in an old form (\(name)): open it once with btcli, which writes it anew, or import its "
                    + "mnemonic")
        }
        guard file.bytes.withBytes({ SealedKeyfile.isWhole($0) }) else {
            throw SealedKeyfile.cutShort.naming(path)
        }
        return true
    }

    private static func readPlain(_ file: borrowing SecretFile, _ path: String) throws(SigningError) -> KeyfileContent {
        let content: KeyfileContent
        do { content = try parse(file.bytes) } catch { throw error.naming(path) }
        if case .secret = content, file.isExposed { throw SecretFile.exposed(file.mode).naming(path) }
        return content
    }

    /// What a file shows without a password and without its secret being used.
    ///
    /// - Throws: ``SigningError`` with code `fileUnreadable`.
    public static func summary(ofFileAt path: String) throws(SigningError) -> KeyfileSummary {
        let file: SecretFile
        do { file = try SecretFile.read(expandingHome(path), isSecret: false) } catch { throw error.naming(path) }
        let form = file.bytes.withBytes { SealedKeyfile.form(of: $0) }
        let known = form == .plain ? file.bytes.withBytes { try? Keyfile.readPublic($0) } : nil
        let protection: KeyfileSummary.Protection =
            switch form {
            case .plain: .plain
            case .nacl: .encrypted
            case .legacy: .legacy
            }
        return KeyfileSummary(
            path: path, mode: file.mode, protection: protection, accountID: known?.0, cryptoType: known?.1)
    }

    /// The password from the environment.
    ///
    /// - Throws: ``SigningError`` with code `passwordNeeded` when none is set.
    public static func environmentPassword(forFileAt path: String) throws(SigningError) -> SecretBytes {
        guard let password = try WalletPassword.fromEnvironment(forFileAt: path) else {
            throw SigningError(
                .passwordNeeded,
                "\(path): is encrypted, and there is no password: set BT_WALLET_PASSWORD_FILE or BT_WALLET_PASSWORD")
        }
        return password
    }

    // MARK: - Writing

    /// A file to be written.
    public enum NewFile {
        case secret(WalletKey, path: String)
        /// Encrypted with the password.
        case sealed(WalletKey, path: String)
        case publicOnly(AccountID, CryptoType, path: String)

        var path: String {
            switch self {
            case .secret(_, let path), .sealed(_, let path), .publicOnly(_, _, let path): path
            }
        }
    }

    /// Writes files that the official tools read, mode 0600, in directories of mode 0700.
    ///
    /// Each appears whole or not at all, and either all do or none. Existing ones are left as they are and refused.
    ///
    /// - Parameters:
    ///   - password: for the sealed ones. It is asked for only if no file is in the way.
    ///   - isOverwriting: replaces existing files instead.
    /// - Throws: ``SigningError`` with code `fileExists` or `fileUnwritable`, or what `password` throws.
    public static func write(
        _ files: [NewFile], isOverwriting: Bool = false, password: PasswordSource = environmentPassword
    ) throws(SigningError) {
        let paths = files.map { expandingHome($0.path) }
        if !isOverwriting, let path = paths.first(where: { access($0, F_OK) == 0 }) { throw FileDraft.exists(path) }
        var drafts: [FileDraft] = []
        for (file, path) in zip(files, paths) {
            switch file {
            case .secret(let key, _): drafts.append(try FileDraft(of: path, holding: Keyfile.text(of: key)))
            case .sealed(let key, _):
                let sealingKey = try SealedKeyfile.key(from: password(path))
                drafts.append(
                    try FileDraft(of: path, holding: SealedKeyfile.seal(Keyfile.text(of: key), key: sealingKey)))
            case .publicOnly(let account, let type, _):
                drafts.append(try FileDraft(of: path, holding: Keyfile.publicText(of: account, type).finished()))
            }
        }
        try FileDraft.place(drafts, isOverwriting: isOverwriting)
    }

    /// `~/` at the beginning stands for the home folder.
    static func expandingHome(_ path: String) -> String {
        guard path == "~" || path.hasPrefix("~/"), let home = getenv("HOME") else { return path }
        return String(cString: home) + path.dropFirst()
    }
}
