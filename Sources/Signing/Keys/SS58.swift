import CSodium

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
        return withUnsafeTemporaryAllocation(byteCount: 36, alignment: 1) { bytes in
            var count = 1
            if prefix < 64 {
                bytes[0] = UInt8(truncatingIfNeeded: prefix)
            } else {
                bytes[0] = UInt8(truncatingIfNeeded: (prefix & 0xfc) >> 2) | 0x40
                bytes[1] = UInt8(truncatingIfNeeded: prefix >> 8) | UInt8(truncatingIfNeeded: (prefix & 3) << 6)
                count = 2
            }
            account.withUnsafeBytes { UnsafeMutableRawBufferPointer(rebasing: bytes[count...]).copyMemory(from: $0) }
            count += 32
            let checksum = checksum(of: UnsafeRawBufferPointer(rebasing: bytes[..<count]))
            bytes[count] = checksum.0
            bytes[count + 1] = checksum.1
            return Base58.encode(UnsafeRawBufferPointer(rebasing: bytes[..<(count + 2)]))
        }
    }

    /// - Throws: ``SigningError`` with code `invalidAddress` unless the text is an address of a 32-byte account.
    public static func decode(_ text: String) throws(SigningError) -> (account: AccountID, prefix: UInt16) {
        guard let bytes = Base58.decode(text) else {
            throw SigningError(.invalidAddress, "an SS58 address is base 58 text of up to 64 characters")
        }
        guard let first = bytes.first, first < 128 else {
            throw SigningError(.invalidAddress, "the address has no valid SS58 prefix")
        }
        let prefixLength = first < 64 ? 1 : 2
        let (account, isIntact) = bytes.withUnsafeBytes { bytes -> (AccountID?, Bool) in
            guard bytes.count == prefixLength + 34 else { return (nil, false) }
            let checksum = checksum(of: UnsafeRawBufferPointer(rebasing: bytes[..<(prefixLength + 32)]))
            return (
                AccountID(bytes: UnsafeRawBufferPointer(rebasing: bytes[prefixLength..<(prefixLength + 32)])),
                bytes[prefixLength + 32] == checksum.0 && bytes[prefixLength + 33] == checksum.1
            )
        }
        guard let account else { throw SigningError(.invalidAddress, "the address does not hold a 32-byte account") }
        guard isIntact else { throw SigningError(.invalidAddress, "the address has a wrong checksum") }
        if prefixLength == 1 { return (account, UInt16(first)) }
        let second = UInt16(bytes[1])
        let prefix = (UInt16(first) & 0x3f) << 2 | second >> 6 | (second & 0x3f) << 8
        guard prefix >= 64 else { throw SigningError(.invalidAddress, "the address has a prefix of needless length") }
        return (account, prefix)
    }

    private static func checksum(of bytes: UnsafeRawBufferPointer) -> (UInt8, UInt8) {
        Sodium.prepare()
        // 7 bytes of text, 34 of prefix and account; the hash's 64.
        return withUnsafeTemporaryAllocation(byteCount: 48 + 64, alignment: 1) { space in
            ("SS58PRE" as StaticString).withRawBytes { space.copyMemory(from: $0) }
            UnsafeMutableRawBufferPointer(rebasing: space[7...]).copyMemory(from: bytes)
            let digest = space.octets + 48
            crypto_generichash(digest, 64, space.octets, UInt64(7 + bytes.count), nil, 0)
            return (digest[0], digest[1])
        }
    }
}
