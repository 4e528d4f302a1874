import CSodium

/// PBKDF2 with HMAC-SHA512, for the one block of output that mnemonics need.
///
/// - Source: RFC 8018, section 5.2.
enum PBKDF2 {
    /// 64 bytes.
    static func sha512(
        password: UnsafeRawBufferPointer, salt: UnsafeRawBufferPointer, rounds: Int
    ) -> SecretBytes {
        Sodium.prepare()
        // Keyed once: each round continues from a copy.
        var keyed = crypto_auth_hmacsha512_state()
        crypto_auth_hmacsha512_init(&keyed, password.keyOctets, password.count)
        var state = keyed
        crypto_auth_hmacsha512_update(&state, salt.octets, UInt64(salt.count))
        crypto_auth_hmacsha512_update(&state, [0, 0, 0, 1], 4)

        var last = SecretBytes(count: 64)
        var sum = SecretBytes(count: 64)
        sum.withMutableBytes { sum in
            last.withMutableBytes { last in
                let octets = last.octets
                crypto_auth_hmacsha512_final(&state, octets)
                sum.copyMemory(from: UnsafeRawBufferPointer(last))
                let lastWords = last.bindMemory(to: UInt64.self)
                let sumWords = sum.bindMemory(to: UInt64.self)
                for _ in 1..<rounds {
                    state = keyed
                    crypto_auth_hmacsha512_update(&state, octets, 64)
                    crypto_auth_hmacsha512_final(&state, octets)
                    for word in 0..<8 { sumWords[word] ^= lastWords[word] }
                }
            }
        }
        withUnsafeMutableBytes(of: &keyed) { sodium_memzero($0.baseAddress, $0.count) }
        withUnsafeMutableBytes(of: &state) { sodium_memzero($0.baseAddress, $0.count) }
        return sum
    }
}
