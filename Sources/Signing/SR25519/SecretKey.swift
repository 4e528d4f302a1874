import CSodium

/// The arithmetic of secret keys: 64 bytes, the scalar a and the nonce seed, as schnorrkel stores them.
///
/// - Source: schnorrkel 0.11, `keys.rs` (`expand_ed25519`) and `derive.rs`.
enum SecretKey {
    /// Expands a 32-byte mini-secret in Ed25519 mode: clamp, then divide by the cofactor 8.
    static func expand(_ seed: borrowing SecretBytes) -> SecretBytes {
        var key = SecretBytes(count: 64)
        key.withMutableBytes { bytes in
            guard let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
            seed.withBytes { _ = crypto_hash_sha512(start, $0.octets, UInt64($0.count)) }
            start[0] &= 248
            start[31] &= 63
            start[31] |= 64
            var carry: UInt8 = 0
            for index in (0..<32).reversed() {
                let byte = start[index]
                start[index] = byte >> 3 | carry << 5
                carry = byte & 7
            }
        }
        return key
    }

    /// a * B, or nil when a is zero or not below the order of the group.
    static func publicKey(of key: borrowing SecretBytes) -> AccountID? {
        Sodium.prepare()
        var scalar = Bytes32()
        key.withBytes { scalar.copy(UnsafeRawBufferPointer(rebasing: $0[..<32])) }
        defer { scalar.wipe() }
        guard scalar.isCanonicalScalar, !scalar.isZero else { return nil }
        var point = Bytes32()
        let isPoint = scalar.withMutablePointer { scalar in
            point.withMutablePointer { crypto_scalarmult_ristretto255_base($0, scalar) } == 0
        }
        return isPoint ? point.withBytes { AccountID(bytes: $0) } : nil
    }

    /// The child behind a hard junction: a new mini-secret drawn from the secret scalar.
    static func deriveHard(_ key: borrowing SecretBytes, chainCode: [UInt8]) -> SecretBytes {
        var transcript = derivation(chainCode)
        key.withBytes { transcript.append("secret-key", UnsafeRawBufferPointer(rebasing: $0[..<32])) }
        var seed = SecretBytes(count: 32)
        seed.withMutableBytes { transcript.challenge("HDKD-hard", into: $0) }
        transcript.wipe()
        return expand(seed)
    }

    /// The child behind a soft junction: a + x, x drawn from the public key; its nonce seed is fresh randomness.
    static func deriveSoft(_ key: borrowing SecretBytes, chainCode: [UInt8]) -> SecretBytes? {
        guard let parent = publicKey(of: key) else { return nil }
        var transcript = derivation(chainCode)
        parent.withUnsafeBytes { transcript.append("public-key", $0) }
        var offset = SR25519.reduced { transcript.challenge("HDKD-scalar", into: $0) }
        var child = SecretBytes(count: 64)
        child.withMutableBytes { bytes in
            guard let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
            key.withBytes { key in
                offset.withMutablePointer { crypto_core_ristretto255_scalar_add(start, key.keyOctets, $0) }
            }
            randombytes_buf(start + 32, 32)
        }
        return child
    }

    private static func derivation(_ chainCode: [UInt8]) -> Transcript {
        var transcript = Transcript("SchnorrRistrettoHDKD")
        transcript.append("sign-bytes", [])
        transcript.append("chain-code", chainCode)
        return transcript
    }
}
