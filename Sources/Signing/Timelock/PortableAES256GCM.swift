import CSodium

/// AES-256-GCM in plain Swift, for processors on which libsodium does not offer it.
///
/// Its table look-ups take time that depends on the key. The key here seals one message that becomes public within hours;
/// nothing that has to stay secret goes through this.
enum PortableAES256GCM {
    /// - Parameters:
    ///   - key: 32 bytes.
    ///   - nonce: 12 bytes.
    static func seal(_ message: [UInt8], key: [UInt8], nonce: [UInt8]) -> (body: [UInt8], tag: [UInt8]) {
        let cipher = AES256(key: key)
        let body = applyKeystream(to: message, cipher: cipher, nonce: nonce)
        return (body, tag(of: body, cipher: cipher, nonce: nonce))
    }

    static func open(_ body: [UInt8], tag: [UInt8], key: [UInt8], nonce: [UInt8]) -> [UInt8]? {
        let cipher = AES256(key: key)
        let expected = Self.tag(of: body, cipher: cipher, nonce: nonce)
        guard tag.count == expected.count, sodium_memcmp(tag, expected, expected.count) == 0 else { return nil }
        return applyKeystream(to: body, cipher: cipher, nonce: nonce)
    }

    /// Counter mode from 2; block 1 belongs to the tag.
    private static func applyKeystream(to bytes: [UInt8], cipher: AES256, nonce: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count)
        var counter: UInt32 = 2
        for start in stride(from: 0, to: bytes.count, by: 16) {
            let keystream = cipher.encrypt(block(nonce, counter))
            output += zip(bytes[start..<min(start + 16, bytes.count)], keystream).map(^)
            counter &+= 1
        }
        return output
    }

    private static func tag(of body: [UInt8], cipher: AES256, nonce: [UInt8]) -> [UInt8] {
        var hash = GHASH(key: cipher.encrypt([UInt8](repeating: 0, count: 16)))
        for start in stride(from: 0, to: body.count, by: 16) {
            hash.update(body[start..<min(start + 16, body.count)])
        }
        // The lengths in bits: of the associated data, of which there is none, and of the body.
        hash.update(([UInt8](repeating: 0, count: 8) + bigEndian(UInt64(body.count) &* 8))[...])
        return zip(hash.value, cipher.encrypt(block(nonce, 1))).map(^)
    }

    private static func block(_ nonce: [UInt8], _ counter: UInt32) -> [UInt8] {
        nonce + withUnsafeBytes(of: counter.bigEndian) { Array($0) }
    }
}

/// The hash of GCM: a polynomial over GF(2¹²⁸), whose bits are written from the lowest power up.
private struct GHASH {
    private let high: UInt64
    private let low: UInt64
    private var state: (high: UInt64, low: UInt64) = (0, 0)

    /// - Parameter key: 16 bytes.
    init(key: [UInt8]) {
        high = word(key.prefix(8))
        low = word(key.dropFirst(8))
    }

    /// - Parameter block: 1 to 16 bytes; what is missing is zero.
    mutating func update(_ block: ArraySlice<UInt8>) {
        let padded = Array(block) + [UInt8](repeating: 0, count: max(0, 16 - block.count))
        let input = [state.high ^ word(padded.prefix(8)), state.low ^ word(padded.dropFirst(8))]
        var factor = (high: high, low: low)
        var product = (high: UInt64(0), low: UInt64(0))
        for bits in input {
            for place in stride(from: UInt64(63), through: 0, by: -1) {
                if bits >> place & 1 == 1 { product = (product.high ^ factor.high, product.low ^ factor.low) }
                let carry = factor.low & 1
                factor = (factor.high >> 1, factor.low >> 1 | factor.high << 63)
                if carry == 1 { factor.high ^= 0xe1 << 56 }
            }
        }
        state = product
    }

    var value: [UInt8] { bigEndian(state.high) + bigEndian(state.low) }
}

private func word(_ bytes: some Collection<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
private func bigEndian(_ word: UInt64) -> [UInt8] { withUnsafeBytes(of: word.bigEndian) { Array($0) } }
