#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The JSON object of a plain keyfile.
///
/// - Source: bittensor-wallet 4.1.1 and bittensor-core 0.1.5; the order of the members is arbitrary.
struct Keyfile: Codable {
    var accountId: String?
    var publicKey: String?
    var privateKey: String?
    var secretPhrase: String?
    var secretSeed: String?
    var ss58Address: String?
    var cryptoType: CryptoType?

    /// A number, or in old files its text: 0 ed25519, 1 sr25519.
    struct CryptoType: Codable, Equatable {
        let code: Int
        static let sr25519 = Self(code: 1)

        init(code: Int) { self.code = code }

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let number = try? container.decode(Int.self) {
                code = number
            } else if let number = Int(try container.decode(String.self)) {
                code = number
            } else {
                throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a number")
            }
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            try container.encode(code)
        }
    }

    /// The members that only describe the public half.
    init(describing account: AccountID) {
        accountId = "0x" + Hex.encode(account.bytes)
        publicKey = accountId
        ss58Address = account.ss58
        cryptoType = .sr25519
    }

    /// - Throws: ``SigningError`` with code `invalidKeyfile`, or `unsupported` for an encrypted file.
    init(parsing bytes: [UInt8]) throws(SigningError) {
        if bytes.starts(with: "$NACL".utf8) || bytes.starts(with: "$ANSIBLE_VAULT".utf8)
            || bytes.starts(with: "gAAAAA".utf8)
        {
            throw SigningError(.unsupported, "the keyfile is encrypted; encrypted keyfiles are not supported yet")
        }
        do {
            self = try JSONDecoder().decode(Self.self, from: Data(bytes))
        } catch {
            // The decoder's own text may quote the file.
            throw SigningError(.invalidKeyfile, "the keyfile is not the JSON object of a wallet")
        }
    }

    /// The key pair, from the seed, else from the private key, checked against the public members.
    func keyPair() throws(SigningError) -> SR25519KeyPair {
        guard cryptoType == nil || cryptoType == .sr25519 else {
            throw SigningError(.unsupported, "the keyfile holds no sr25519 key; other kinds are not supported")
        }
        let pair: SR25519KeyPair
        if let secretSeed {
            pair = try SR25519KeyPair(seed: Self.secret(secretSeed))
        } else if let privateKey {
            pair = try SR25519KeyPair(privateKey: Self.secret(privateKey))
        } else if secretPhrase != nil {
            throw SigningError(.unsupported, "the keyfile holds only a mnemonic, which is not supported yet")
        } else {
            throw SigningError(.invalidKeyfile, "the keyfile holds no secret: it is the public half of a key")
        }
        try check(pair.accountID)
        return pair
    }

    private static func secret(_ text: String) throws(SigningError) -> [UInt8] {
        do { return try Hex.decode(text) } catch {
            throw SigningError(.invalidKeyfile, "a secret in the keyfile is not hexadecimal")
        }
    }

    private func check(_ account: AccountID) throws(SigningError) {
        let hex = Hex.encode(account.bytes)
        for text in [publicKey, accountId].compactMap({ $0 }) where text.lowercased() != "0x" + hex {
            throw SigningError(.invalidKeyfile, "the keyfile's public key is not that of its secret")
        }
        if let ss58Address, try AccountID(ss58: ss58Address) != account {
            throw SigningError(.invalidKeyfile, "the keyfile's address is not that of its secret")
        }
    }

    /// Compact JSON, as the official tools write it.
    func encoded() throws(SigningError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do { return Array(try encoder.encode(self)) } catch {
            throw SigningError(.fileUnwritable, "the keyfile cannot be encoded")
        }
    }
}
