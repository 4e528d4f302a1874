/// What a plain keyfile says: a key with its secret, or the public half alone.
public enum KeyfileContent: Sendable {
    case secret(WalletKey)
    case publicOnly(AccountID, CryptoType)

    public var accountID: AccountID {
        switch self {
        case .secret(let key): key.accountID
        case .publicOnly(let account, _): account
        }
    }
}

/// Reads and writes the text of plain keyfiles.
///
/// - Source: bittensor-wallet 4.1.1 and bittensor-core 0.1.5. Of several secrets the phrase counts, then the seed, then the
///   private key. Where the address shows that the other kind of key is meant, it is, as for bittensor-core. Content
///   that is no JSON is a seed, a private key or a mnemonic.
enum Keyfile {
    /// A JSON object has at most: two public keys, a private key, a phrase, a seed, an address, and their names.
    private static let maximumBytes = 2_048

    /// - Throws: ``SigningError`` with code `invalidKeyfile`, `invalidMnemonic`, `invalidSecret` or `unsupported`. No
    ///   message quotes the text.
    static func read(_ text: UnsafeRawBufferPointer) throws(SigningError) -> KeyfileContent {
        let text = trimmingSpace(text)
        guard text.first == UInt8(ascii: "{") else { return .secret(try readBare(text)) }
        let members = try KeyfileMembers(scanning: text)
        let declared = try cryptoType(members, text)
        guard let key = try secret(members, text, declared ?? .sr25519) else {
            return .publicOnly(try publicAccount(members, text), declared ?? .sr25519)
        }
        let address = try address(members, text)
        if let address, address != key.accountID {
            let other: CryptoType = key.pair.cryptoType == .sr25519 ? .ed25519 : .sr25519
            guard let retried = try? secret(members, text, other), retried.accountID == address else {
                throw SigningError(.invalidKeyfile, "the keyfile's address is not that of its secret")
            }
            return .secret(retried)
        }
        for name in [KeyfileMembers.Name.publicKey, .accountId] {
            if let account = try account(members, text, name), account != key.accountID, address == nil {
                throw SigningError(.invalidKeyfile, "the keyfile's public key is not that of its secret")
            }
        }
        return .secret(key)
    }

    /// The public members alone: nothing is derived from the secret.
    static func readPublic(_ text: UnsafeRawBufferPointer) throws(SigningError) -> (AccountID, CryptoType) {
        let text = trimmingSpace(text)
        let members = try KeyfileMembers(scanning: text)
        return (try publicAccount(members, text), try cryptoType(members, text) ?? .sr25519)
    }

    /// The text of a key's file.
    static func text(of key: WalletKey) -> SecretBytes {
        var text = publicText(of: key.accountID, key.pair.cryptoType)
        text.removeLast(1)
        text.append(#","privateKey":"0x"# as StaticString)
        key.withPrivateKey { text.append(hexOf: $0) }
        _ = key.withMnemonic { phrase in
            text.append(#"","secretPhrase":""# as StaticString)
            text.append(phrase)
        }
        _ = key.withSeed { seed in
            text.append(#"","secretSeed":"0x"# as StaticString)
            text.append(hexOf: seed)
        }
        text.append(#""}"# as StaticString)
        return text.finished()
    }

    /// The text of a public file.
    static func publicText(of account: AccountID, _ cryptoType: CryptoType) -> SecretText {
        var text = SecretText(capacity: maximumBytes)
        let hex = Hex.encode(account.bytes)
        text.append(
            #"{"accountId":"0x\#(hex)","publicKey":"0x\#(hex)","ss58Address":"\#(account.ss58)","#
                + #""cryptoType":\#(cryptoType.rawValue)}"#)
        return text
    }

    // MARK: - Members

    private static func secret(
        _ members: KeyfileMembers, _ text: UnsafeRawBufferPointer, _ cryptoType: CryptoType
    ) throws(SigningError) -> WalletKey? {
        if let phrase = try content(members, text, .secretPhrase) {
            return try WalletKey(mnemonic: SecretBytes(copying: phrase), cryptoType)
        }
        if let seed = try digits(members, text, .secretSeed) { return try WalletKey(seed: seed, cryptoType) }
        if let key = try digits(members, text, .privateKey) { return try WalletKey(privateKey: key, cryptoType) }
        return nil
    }

    /// nil when it is not said.
    private static func cryptoType(
        _ members: KeyfileMembers, _ text: UnsafeRawBufferPointer
    ) throws(SigningError) -> CryptoType? {
        guard let value = members[.cryptoType] else { return nil }
        let code = trimmingSpace(UnsafeRawBufferPointer(rebasing: text[value.range]))
        guard code.count == 1, let type = CryptoType(rawValue: Int(code[0]) - 0x30) else {
            throw SigningError(
                .unsupported,
                "the keyfile has an unknown crypto type: 0 is ed25519 and 1 sr25519, and there is no other")
        }
        return type
    }

    private static func publicAccount(
        _ members: KeyfileMembers, _ text: UnsafeRawBufferPointer
    ) throws(SigningError) -> AccountID {
        if let address = try address(members, text) { return address }
        if let account = try account(members, text, .publicKey) { return account }
        if let account = try account(members, text, .accountId) { return account }
        throw SigningError(.invalidKeyfile, "the keyfile holds neither a secret nor an address")
    }

    private static func address(
        _ members: KeyfileMembers, _ text: UnsafeRawBufferPointer
    ) throws(SigningError) -> AccountID? {
        guard let bytes = try content(members, text, .ss58Address) else { return nil }
        let address = String(decoding: bytes.prefix(128), as: UTF8.self)
        guard let account = try? AccountID(ss58: address) else {
            throw SigningError(.invalidKeyfile, "the keyfile's ss58Address is no address")
        }
        return account
    }

    private static func account(
        _ members: KeyfileMembers, _ text: UnsafeRawBufferPointer, _ name: KeyfileMembers.Name
    ) throws(SigningError) -> AccountID? {
        guard let digits = try content(members, text, name) else { return nil }
        let bytes = try? Hex.decode(String(decoding: digits.prefix(128), as: UTF8.self))
        guard let account = bytes.flatMap({ AccountID(bytes: $0) }) else {
            throw SigningError(.invalidKeyfile, "member \(name.text) of the keyfile is not 32 bytes in hexadecimal")
        }
        return account
    }

    private static func digits(
        _ members: KeyfileMembers, _ text: UnsafeRawBufferPointer, _ name: KeyfileMembers.Name
    ) throws(SigningError) -> SecretBytes? {
        guard let digits = try content(members, text, name) else { return nil }
        guard let decoded = try? Hex.decodeSecret(digits) else {
            throw SigningError(.invalidKeyfile, "member \(name.text) of the keyfile is not hexadecimal")
        }
        return decoded
    }

    /// What is between the quotes.
    private static func content(
        _ members: KeyfileMembers, _ text: UnsafeRawBufferPointer, _ name: KeyfileMembers.Name
    ) throws(SigningError) -> UnsafeRawBufferPointer? {
        guard let value = members[name] else { return nil }
        guard value.isString else {
            throw SigningError(.invalidKeyfile, "member \(name.text) of the keyfile is no text")
        }
        let content = UnsafeRawBufferPointer(rebasing: text[value.range])
        guard !content.contains(UInt8(ascii: "\\")) else {
            // Words, digits and addresses need no escapes, and no tool writes any.
            throw SigningError(.invalidKeyfile, "member \(name.text) of the keyfile holds an escaped character")
        }
        return content
    }

    private static func readBare(_ text: UnsafeRawBufferPointer) throws(SigningError) -> WalletKey {
        guard !text.isEmpty else { throw SigningError(.invalidKeyfile, "the keyfile is empty") }
        guard text.count <= maximumBytes, !text.contains(UInt8(ascii: "/")),
            text.allSatisfy({ (0x20...0x7e).contains($0) || (0x09...0x0d).contains($0) })
        else { throw SigningError(.invalidKeyfile, "the keyfile is not the JSON object of a wallet") }
        do { return try WalletKey(text: SecretBytes(copying: text)) } catch {
            throw SigningError(
                .invalidKeyfile, "the keyfile is neither the JSON object of a wallet, nor a seed, nor a mnemonic")
        }
    }
}
