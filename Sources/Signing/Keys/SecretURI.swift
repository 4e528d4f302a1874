/// A secret and a path to one of its children: `<secret>(/soft|//hard)*`.
///
/// The secret is `0x` and 64 digits, or nothing, which stands for the well-known development phrase
/// (`//Alice` and its friends). Mnemonic phrases and `///password` are not implemented yet.
///
/// - Source: sp-core, `crypto.rs`: `Pair::from_string`, `DeriveJunction`.
public struct SecretURI: Sendable {
    struct Junction: Sendable {
        let isHard: Bool
        let chainCode: [UInt8]
    }

    /// The mini-secret of "bottom drive obey lake curtain smoke basket hold race lonely fit walk": public knowledge.
    private static let developmentSeed = "0xfac7959dbfe72f052e5a0c3c8d6530f202b02fd8f9f5ca3580ec8deb7797479e"
    private static let developmentPhrase = "bottom drive obey lake curtain smoke basket hold race lonely fit walk"

    let seed: [UInt8]
    let junctions: [Junction]

    /// - Throws: ``SigningError`` with code `invalidURI`, or `unsupported` for a phrase or a password.
    public init(_ text: String) throws(SigningError) {
        let end = text.firstIndex(of: "/") ?? text.endIndex
        let secret = text[..<end]
        if secret.isEmpty || secret == Self.developmentPhrase {
            guard !text.isEmpty else { throw SigningError(.invalidURI, "the secret URI is empty") }
            seed = try Hex.decode(Self.developmentSeed)
        } else if secret.hasPrefix("0x") {
            guard let bytes = try? Hex.decode(String(secret)), bytes.count == 32 else {
                throw SigningError(.invalidURI, "the secret of a URI is 0x and 64 digits")
            }
            seed = bytes
        } else {
            throw SigningError(
                .unsupported, "mnemonic phrases are not supported yet: give the seed as 0x and 64 digits")
        }
        junctions = try Self.junctions(in: text[end...])
    }

    private static func junctions(in path: Substring) throws(SigningError) -> [Junction] {
        var rest = path
        var junctions: [Junction] = []
        while rest.first == "/" {
            rest = rest.dropFirst()
            let isHard = rest.first == "/"
            if isHard { rest = rest.dropFirst() }
            guard rest.first != "/" else {
                throw SigningError(.unsupported, "passwords in secret URIs are not supported yet")
            }
            let name = rest.prefix { $0 != "/" }
            guard !name.isEmpty else { throw SigningError(.invalidURI, "a junction of the secret URI has no name") }
            junctions.append(Junction(isHard: isHard, chainCode: chainCode(of: name)))
            rest = rest.dropFirst(name.count)
        }
        return junctions
    }

    /// A number as 8 bytes little-endian, other text SCALE-encoded; padded with zeros, or hashed if longer than 32.
    private static func chainCode(of name: Substring) -> [UInt8] {
        var code: [UInt8]
        if let number = UInt64(name) {
            code = withUnsafeBytes(of: number.littleEndian) { Array($0) }
        } else {
            code = compactLength(name.utf8.count) + Array(name.utf8)
        }
        if code.count > 32 { return Hash.blake2b256(code) }
        code.append(contentsOf: repeatElement(0, count: 32 - code.count))
        return code
    }

    /// SCALE's compact integer, for lengths below 2^30.
    private static func compactLength(_ count: Int) -> [UInt8] {
        let count = UInt32(truncatingIfNeeded: count)
        if count < 64 { return [UInt8(count << 2)] }
        if count < 16_384 { return withUnsafeBytes(of: UInt16(count << 2 | 1).littleEndian) { Array($0) } }
        return withUnsafeBytes(of: (count << 2 | 2).littleEndian) { Array($0) }
    }

    func secretKey() throws(SigningError) -> SecretBytes {
        var key = SecretKey.expand(SecretBytes(copying: seed))
        for junction in junctions {
            if junction.isHard {
                key = SecretKey.deriveHard(key, chainCode: junction.chainCode)
            } else {
                guard let child = SecretKey.deriveSoft(key, chainCode: junction.chainCode) else {
                    throw SigningError(.invalidSecret, "the secret URI leads to no key")
                }
                key = child
            }
        }
        return key
    }
}
