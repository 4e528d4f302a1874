/// Addresses: `base58(prefix || account || checksum)`, the checksum being the first two bytes of
/// `blake2b-512("SS58PRE" || prefix || account)`.
///
/// - Source: Substrate's SS58 format; prefixes below 64 take one byte, up to 16383 two.
public enum SS58 {
    /// The prefix of Bittensor, and Substrate's generic one.
    public static let bittensorPrefix: UInt16 = 42

    /// - Parameter prefix: 0...16383; larger values cannot be written and are a programming error.
    public static func encode(_ account: AccountID, prefix: UInt16 = 42) -> String {
        precondition(prefix < 16_384, "SS58 prefixes end at 16383")
        var bytes: [UInt8] = []
        bytes.reserveCapacity(36)
        if prefix < 64 {
            bytes.append(UInt8(truncatingIfNeeded: prefix))
        } else {
            bytes.append(UInt8(truncatingIfNeeded: (prefix & 0xfc) >> 2) | 0x40)
            bytes.append(UInt8(truncatingIfNeeded: prefix >> 8) | UInt8(truncatingIfNeeded: (prefix & 3) << 6))
        }
        account.withUnsafeBytes { bytes.append(contentsOf: $0) }
        bytes.append(contentsOf: checksum(of: bytes))
        return Base58.encode(bytes)
    }

    /// - Throws: ``SigningError`` with code `invalidAddress` unless the text is an address of a 32-byte account.
    public static func decode(_ text: String) throws(SigningError) -> (account: AccountID, prefix: UInt16) {
        // The longest address of a 32-byte account has 50 characters; base 58 costs quadratic time.
        guard text.utf8.count <= 64, let bytes = Base58.decode(text) else {
            throw SigningError(.invalidAddress, "an SS58 address is base 58 text of up to 64 characters")
        }
        guard let first = bytes.first, first < 128 else {
            throw SigningError(.invalidAddress, "the address has no valid SS58 prefix")
        }
        let prefixLength = first < 64 ? 1 : 2
        guard bytes.count == prefixLength + 34,
            let account = AccountID(bytes: Array(bytes[prefixLength..<prefixLength + 32]))
        else { throw SigningError(.invalidAddress, "the address does not hold a 32-byte account") }
        guard bytes.suffix(2).elementsEqual(checksum(of: Array(bytes.dropLast(2)))) else {
            throw SigningError(.invalidAddress, "the address has a wrong checksum")
        }
        if prefixLength == 1 { return (account, UInt16(first)) }
        let second = UInt16(bytes[1])
        let prefix = (UInt16(first) & 0x3f) << 2 | second >> 6 | (second & 0x3f) << 8
        guard prefix >= 64 else { throw SigningError(.invalidAddress, "the address has a prefix of needless length") }
        return (account, prefix)
    }

    private static func checksum(of bytes: [UInt8]) -> ArraySlice<UInt8> {
        Hash.blake2b512(Array("SS58PRE".utf8) + bytes).prefix(2)
    }
}
