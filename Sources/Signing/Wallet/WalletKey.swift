/// A key with what it was made from, as far as that is known: what a keyfile holds.
///
/// Mnemonic and seed stay in locked memory; nothing but the keyfile's writer and ``withMnemonic(_:)`` reads them.
public final class WalletKey: Sendable {
    public let pair: KeyPair
    private let mnemonic: SecretBytes?
    private let seed: SecretBytes?

    public var accountID: AccountID { pair.accountID }

    private init(_ pair: KeyPair, mnemonic: consuming SecretBytes?, seed: consuming SecretBytes?) {
        self.pair = pair
        self.mnemonic = mnemonic
        self.seed = seed
    }

    /// A new key, from a fresh mnemonic.
    ///
    /// - Throws: ``SigningError`` with code `invalidMnemonic` for a count that is not in ``Mnemonic/wordCounts``.
    public static func generate(
        wordCount: Int = 12, _ cryptoType: CryptoType = .sr25519
    ) throws(SigningError) -> WalletKey {
        try WalletKey(mnemonic: try Mnemonic.generate(wordCount: wordCount), cryptoType)
    }

    /// - Throws: ``SigningError`` with code `invalidMnemonic`.
    public convenience init(
        mnemonic: borrowing SecretBytes, _ cryptoType: CryptoType = .sr25519
    ) throws(SigningError) {
        let seed = try Mnemonic.seed(of: mnemonic)
        self.init(try KeyPair(seed: seed, cryptoType), mnemonic: mnemonic.copy(), seed: seed)
    }

    /// - Throws: ``SigningError`` with code `invalidSecret`.
    public convenience init(seed: borrowing SecretBytes, _ cryptoType: CryptoType = .sr25519) throws(SigningError) {
        self.init(try KeyPair(seed: seed, cryptoType), mnemonic: nil, seed: seed.copy())
    }

    /// - Parameter privateKey: 64 bytes for sr25519; 32 are a seed for both kinds.
    /// - Throws: ``SigningError`` with code `invalidSecret`.
    public convenience init(
        privateKey: borrowing SecretBytes, _ cryptoType: CryptoType = .sr25519
    ) throws(SigningError) {
        if privateKey.count == 32 {
            try self.init(seed: privateKey, cryptoType)
        } else {
            guard cryptoType == .sr25519 else {
                throw SigningError(.invalidSecret, "an ed25519 private key has 32 bytes")
            }
            self.init(.sr25519(try SR25519KeyPair(privateKey: privateKey)), mnemonic: nil, seed: nil)
        }
    }

    /// A derived key has no mnemonic and, with sr25519, no seed of its own: its keyfile holds the private key.
    public convenience init(uri: borrowing SecretURI, _ cryptoType: CryptoType = .sr25519) throws(SigningError) {
        if uri.junctions.isEmpty {
            try self.init(seed: uri.seed, cryptoType)
        } else if cryptoType == .ed25519 {
            try self.init(seed: try uri.ed25519Seed(), .ed25519)
        } else {
            self.init(.sr25519(try SR25519KeyPair(uri: uri)), mnemonic: nil, seed: nil)
        }
    }

    /// A secret as a person types it: a mnemonic, hexadecimal digits of a seed or private key, or a secret URI.
    ///
    /// - Throws: ``SigningError`` with the code of the form that it looks like.
    public convenience init(text: borrowing SecretBytes, _ cryptoType: CryptoType = .sr25519) throws(SigningError) {
        let trimmed = text.withBytes { SecretBytes(copying: trimmingSpace($0)) }
        let (isPath, isHex) = trimmed.withBytes { text in
            (text.contains(UInt8(ascii: "/")), Self.isHex(text))
        }
        if isPath {
            try self.init(uri: try SecretURI(trimmed), cryptoType)
        } else if isHex {
            let bytes = try trimmed.withBytes { (text) throws(SigningError) -> SecretBytes in
                try Hex.decodeSecret(text)
            }
            try self.init(privateKey: bytes, cryptoType)
        } else {
            try self.init(mnemonic: trimmed, cryptoType)
        }
    }

    private static func isHex(_ text: UnsafeRawBufferPointer) -> Bool {
        text.starts(with: "0x".utf8)
            || ((text.count == 64 || text.count == 128) && text.allSatisfy { Hex.value(of: $0) != nil })
    }

    public var hasMnemonic: Bool { mnemonic != nil }

    /// Lends the mnemonic's text for the call, to show it to its owner; nil when it is not known.
    public func withMnemonic<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R? {
        switch mnemonic {
        case .some(let mnemonic): mnemonic.withBytes { body($0) }
        case .none: nil
        }
    }

    func withSeed<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R? {
        switch seed {
        case .some(let seed): seed.withBytes { body($0) }
        case .none: nil
        }
    }

    func withPrivateKey<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
        switch pair {
        case .sr25519(let pair): pair.withPrivateKey(body)
        case .ed25519(let pair): pair.withSeed(body)
        }
    }
}

extension WalletKey: CustomStringConvertible {
    /// The public half only.
    public var description: String { "WalletKey(\(accountID.ss58), \(pair.cryptoType.name))" }
}

/// The part of `text` between the white space at both ends.
func trimmingSpace(_ text: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0d).contains(byte) }
    guard let first = text.firstIndex(where: { !isSpace($0) }), let last = text.lastIndex(where: { !isSpace($0) })
    else {
        return UnsafeRawBufferPointer(rebasing: text[..<0])
    }
    return UnsafeRawBufferPointer(rebasing: text[first...last])
}
