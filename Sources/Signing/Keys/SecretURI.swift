/// A secret and a path to one of its children: `<secret>(/soft|//hard)*(///password)?`.
///
/// The secret is a mnemonic, `0x` and 64 digits, or nothing, which stands for the well-known development phrase
/// (`//Alice` and its friends). The password belongs to the mnemonic; a seed in digits ignores it, as in Substrate.
///
/// - Source: sp-core, `crypto.rs`: `SecretUri`, `DeriveJunction`, `Pair::from_string`.
public struct SecretURI: ~Copyable, Sendable {
    struct Junction: Sendable {
        let isHard: Bool
        let chainCode: [UInt8]
    }

    /// The phrase of keys such as `//Alice`: public knowledge.
    private static let developmentPhrase = "bottom drive obey lake curtain smoke basket hold race lonely fit walk"

    let seed: SecretBytes
    let junctions: [Junction]

    /// - Throws: ``SigningError`` with code `invalidURI` or `invalidMnemonic`.
    public init(_ text: String) throws(SigningError) {
        try self.init(SecretBytes(utf8: text))
    }

    /// - Parameter text: UTF-8.
    /// - Throws: ``SigningError`` with code `invalidURI` or `invalidMnemonic`.
    public init(_ text: borrowing SecretBytes) throws(SigningError) {
        self = try text.withBytes { (text) throws(SigningError) -> SecretURI in try SecretURI(parsing: text) }
    }

    init(parsing text: UnsafeRawBufferPointer) throws(SigningError) {
        guard !text.isEmpty else { throw SigningError(.invalidURI, "the secret URI is empty") }
        let passwordMark = Self.firstPasswordMark(in: text)
        let path = UnsafeRawBufferPointer(rebasing: text[..<(passwordMark ?? text.count)])
        let password = passwordMark.map { UnsafeRawBufferPointer(rebasing: text[($0 + 3)...]) }
        var end = 0
        while end < path.count, path[end] != UInt8(ascii: "/") { end += 1 }
        let junctions = try Self.junctions(in: path, from: end)
        let seed = try Self.seed(
            of: UnsafeRawBufferPointer(rebasing: path[..<end]),
            password: password ?? UnsafeRawBufferPointer(start: nil, count: 0))
        self.junctions = junctions
        self.seed = seed
    }

    private static func firstPasswordMark(in text: UnsafeRawBufferPointer) -> Int? {
        let slash = UInt8(ascii: "/")
        var run = 0
        var index = 0
        while index < text.count {
            run = text[index] == slash ? run + 1 : 0
            if run == 3 { return index - 2 }
            index += 1
        }
        return nil
    }

    private static func seed(
        of secret: UnsafeRawBufferPointer, password: UnsafeRawBufferPointer
    ) throws(SigningError) -> SecretBytes {
        if secret.isEmpty {
            return try SecretBytes(utf8: developmentPhrase).withBytes { (phrase) throws(SigningError) -> SecretBytes in
                try Mnemonic.seed(of: phrase, password: password)
            }
        }
        if secret.starts(with: "0x".utf8) {
            guard let seed = try? Hex.decodeSecret(secret), seed.count == 32 else {
                throw SigningError(.invalidURI, "the secret of a URI is a mnemonic, or 0x and 64 digits")
            }
            return seed
        }
        return try Mnemonic.seed(of: secret, password: password)
    }

    private static func junctions(
        in path: UnsafeRawBufferPointer, from start: Int
    ) throws(SigningError) -> [Junction] {
        let slash = UInt8(ascii: "/")
        var position = start
        var junctions: [Junction] = []
        while position < path.count {
            position += 1
            let isHard = position < path.count && path[position] == slash
            if isHard { position += 1 }
            let start = position
            while position < path.count, path[position] != slash { position += 1 }
            guard position > start else { throw SigningError(.invalidURI, "a junction of the secret URI has no name") }
            let name = UnsafeRawBufferPointer(rebasing: path[start..<position])
            junctions.append(Junction(isHard: isHard, chainCode: chainCode(of: name)))
        }
        return junctions
    }

    /// A number as 8 bytes little-endian, other text SCALE-encoded; padded with zeros, or hashed if longer than 32.
    private static func chainCode(of name: UnsafeRawBufferPointer) -> [UInt8] {
        var code: [UInt8]
        if let number = number(name) {
            code = withUnsafeBytes(of: number.littleEndian) { Array($0) }
        } else {
            code = compactLength(name.count) + Array(name)
        }
        if code.count > 32 { return Hash.blake2b256(code) }
        code.append(contentsOf: repeatElement(0, count: 32 - code.count))
        return code
    }

    /// As Rust reads a `u64`: digits, a plus sign before them allowed.
    private static func number(_ name: UnsafeRawBufferPointer) -> UInt64? {
        let digits = name.first == UInt8(ascii: "+") ? UnsafeRawBufferPointer(rebasing: name[1...]) : name
        guard !digits.isEmpty else { return nil }
        var value: UInt64 = 0
        for digit in digits {
            guard (0x30...0x39).contains(digit) else { return nil }
            let (product, didOverflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, didCarry) = product.addingReportingOverflow(UInt64(digit - 0x30))
            if didOverflow || didCarry { return nil }
            value = sum
        }
        return value
    }

    /// SCALE's compact integer, for lengths below 2^30.
    private static func compactLength(_ count: Int) -> [UInt8] {
        let count = UInt32(truncatingIfNeeded: count)
        if count < 64 { return [UInt8(count << 2)] }
        if count < 16_384 { return withUnsafeBytes(of: UInt16(count << 2 | 1).littleEndian) { Array($0) } }
        return withUnsafeBytes(of: (count << 2 | 2).littleEndian) { Array($0) }
    }

    /// The child's 64-byte secret key.
    ///
    /// - Throws: ``SigningError`` with code `invalidSecret` when the path leads to no key.
    func sr25519Key() throws(SigningError) -> SecretBytes {
        var key = SecretKey.expand(seed)
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

    /// The child's 32-byte seed.
    ///
    /// - Throws: ``SigningError`` with code `invalidURI` for a soft junction, which ed25519 has not.
    func ed25519Seed() throws(SigningError) -> SecretBytes {
        var child = seed.copy()
        for junction in junctions {
            guard junction.isHard else {
                throw SigningError(.invalidURI, "ed25519 has no soft derivation: use //name instead of /name")
            }
            child = Ed25519KeyPair.deriveHard(child, chainCode: junction.chainCode)
        }
        return child
    }
}
