import CSodium

/// sr25519: Schnorr signatures over ristretto255 with Merlin transcripts and the context "substrate".
///
/// - Source: schnorrkel 0.11, `sign.rs`; sp-core, `sr25519.rs`.
public enum SR25519 {
    /// Absorbed once: every signature and verification continues from a copy.
    static let signingContext: Transcript = {
        var transcript = Transcript("SigningContext")
        transcript.append("", Array("substrate".utf8))
        return transcript
    }()

    /// Whether `key` signed exactly `message`.
    public static func isValid(_ signature: SR25519Signature, for message: [UInt8], by key: AccountID) -> Bool {
        message.withUnsafeBytes { isValid(signature, for: $0, by: key) }
    }

    /// Whether `key` signed `message`, or signed it as wallets in browsers do, between `<Bytes>` and `</Bytes>`.
    ///
    /// The SDK's verifiers accept both.
    public static func isValidAllowingWrapping(
        _ signature: SR25519Signature, for message: [UInt8], by key: AccountID
    ) -> Bool {
        isValid(signature, for: message, by: key)
            || isValid(signature, for: Array("<Bytes>".utf8) + message + Array("</Bytes>".utf8), by: key)
    }

    /// Whether `key` signed exactly `message`.
    public static func isValid(
        _ signature: SR25519Signature, for message: UnsafeRawBufferPointer, by key: AccountID
    ) -> Bool {
        Sodium.prepare()
        return signature.bytes.withUnsafeBytes { bytes in
            key.withUnsafeBytes { key in
                isValid(
                    commitment: UnsafeRawBufferPointer(rebasing: bytes[..<32]),
                    response: UnsafeRawBufferPointer(rebasing: bytes[32...]), message: message, key: key)
            }
        }
    }

    /// s * B - k * A == R, where k is drawn from the transcript of message, key and R.
    private static func isValid(
        commitment: UnsafeRawBufferPointer, response: UnsafeRawBufferPointer,
        message: UnsafeRawBufferPointer, key: UnsafeRawBufferPointer
    ) -> Bool {
        guard response[31] & 0x80 != 0 else { return false }
        var scalar = Bytes32()
        scalar.copy(response)
        scalar.withMutablePointer { $0[31] &= 0x7f }
        guard scalar.isCanonicalScalar else { return false }

        var transcript = signingContext
        transcript.append("sign-bytes", message)
        var challenge = Self.challenge(&transcript, key: key, commitment: commitment)

        // The identity is nobody's key, though it has an encoding.
        guard let point = RistrettoPoint(key), !key.allSatisfy({ $0 == 0 }) else { return false }
        let result = scalar.withBytes { scalar in
            challenge.withBytes { DoubleMultiplication.difference(scalar, $0, point).encoded }
        }
        return withUnsafeBytes(of: result) { $0.elementsEqual(commitment) }
    }

    /// Continues the transcript after the message and draws the challenge k, reduced.
    @inline(__always)
    static func challenge(
        _ transcript: inout Transcript, key: UnsafeRawBufferPointer, commitment: UnsafeRawBufferPointer
    ) -> Bytes32 {
        announce(&transcript, key: key)
        transcript.append("sign:R", commitment)
        return reduced { transcript.challenge("sign:c", into: $0) }
    }

    @inline(__always)
    static func announce(_ transcript: inout Transcript, key: UnsafeRawBufferPointer) {
        ("Schnorr-sig" as StaticString).withRawBytes { transcript.append("proto-name", $0) }
        transcript.append("sign:pk", key)
    }

    /// 64 bytes as `fill` writes them, modulo the order of the group; the wide form is wiped.
    @inline(__always)
    static func reduced(_ fill: (UnsafeMutableRawBufferPointer) -> Void) -> Bytes32 {
        var scalar = Bytes32()
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 64) { wide in
            guard let start = wide.baseAddress else { preconditionFailure("64 bytes have an address") }
            fill(UnsafeMutableRawBufferPointer(wide))
            scalar.withMutablePointer { crypto_core_ristretto255_scalar_reduce($0, start) }
            sodium_memzero(start, 64)
        }
        return scalar
    }
}
