import CSodium

/// The hash functions of Substrate, Bittensor and their HTTP protocols.
///
/// BLAKE2b and SHA-2 are libsodium's; Keccak and xxHash are this target's own.
public enum Hash {
    public static func blake2b128(_ bytes: [UInt8]) -> [UInt8] { bytes.withUnsafeBytes { blake2b($0, count: 16) } }
    public static func blake2b256(_ bytes: [UInt8]) -> [UInt8] { bytes.withUnsafeBytes { blake2b($0, count: 32) } }
    public static func blake2b512(_ bytes: [UInt8]) -> [UInt8] { bytes.withUnsafeBytes { blake2b($0, count: 64) } }
    /// `blake2b128(bytes) || bytes`, a hasher of storage maps.
    public static func blake2b128Concat(_ bytes: [UInt8]) -> [UInt8] { blake2b128(bytes) + bytes }

    /// xxHash64 with seed 0, little-endian.
    public static func twox64(_ bytes: [UInt8]) -> [UInt8] { bytes.withUnsafeBytes { twox($0, seeds: 1) } }
    /// xxHash64 with seeds 0 and 1.
    public static func twox128(_ bytes: [UInt8]) -> [UInt8] { bytes.withUnsafeBytes { twox($0, seeds: 2) } }
    /// xxHash64 with seeds 0 to 3.
    public static func twox256(_ bytes: [UInt8]) -> [UInt8] { bytes.withUnsafeBytes { twox($0, seeds: 4) } }
    /// `twox64(bytes) || bytes`, a hasher of storage maps.
    public static func twox64Concat(_ bytes: [UInt8]) -> [UInt8] { twox64(bytes) + bytes }

    public static func sha256(_ bytes: [UInt8]) -> [UInt8] { bytes.withUnsafeBytes { sha256($0) } }
    public static func sha256(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        Sodium.prepare()
        return array(of: 32) { crypto_hash_sha256($0, bytes.octets, UInt64(bytes.count)) }
    }

    public static func sha512(_ bytes: [UInt8]) -> [UInt8] { bytes.withUnsafeBytes { sha512($0) } }
    public static func sha512(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        Sodium.prepare()
        return array(of: 64) { crypto_hash_sha512($0, bytes.octets, UInt64(bytes.count)) }
    }

    public static func sha3_256(_ bytes: [UInt8]) -> [UInt8] { bytes.withUnsafeBytes { sha3_256($0) } }
    public static func sha3_256(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        KeccakSponge.hash256(bytes, padding: 0x06)
    }

    /// Keccak-256 as Ethereum uses it: SHA-3 before FIPS 202 changed the padding.
    public static func keccak256(_ bytes: [UInt8]) -> [UInt8] { bytes.withUnsafeBytes { keccak256($0) } }
    public static func keccak256(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        KeccakSponge.hash256(bytes, padding: 0x01)
    }

    /// BLAKE2b of any output length from 16 to 64 bytes, without a key.
    static func blake2b(_ bytes: UnsafeRawBufferPointer, count: Int) -> [UInt8] {
        Sodium.prepare()
        return array(of: count) { crypto_generichash($0, count, bytes.octets, UInt64(bytes.count), nil, 0) }
    }

    private static func twox(_ bytes: UnsafeRawBufferPointer, seeds: UInt64) -> [UInt8] {
        var digest: [UInt8] = []
        digest.reserveCapacity(Int(seeds) * 8)
        for seed in 0..<seeds {
            withUnsafeBytes(of: XXHash64.hash(bytes, seed: seed).littleEndian) { digest.append(contentsOf: $0) }
        }
        return digest
    }

    private static func array(of count: Int, fill: (UnsafeMutablePointer<UInt8>) -> Int32) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, initialised in
            guard let start = buffer.baseAddress, fill(start) == 0 else {
                preconditionFailure("libsodium refused a hash of a length this target chose")
            }
            initialised = count
        }
    }
}

extension UnsafeRawBufferPointer {
    /// The bytes as C's `unsigned char` pointer; nil when there are none.
    @inline(__always)
    var octets: UnsafePointer<UInt8>? { baseAddress?.assumingMemoryBound(to: UInt8.self) }

    /// The same for bytes that cannot be empty, such as a key.
    @inline(__always)
    var keyOctets: UnsafePointer<UInt8> {
        guard let octets else { preconditionFailure("a key has bytes") }
        return octets
    }
}

extension UnsafeMutableRawBufferPointer {
    /// The bytes, of which there is at least one, as C's `unsigned char` pointer.
    @inline(__always)
    var octets: UnsafeMutablePointer<UInt8> {
        guard let baseAddress else { preconditionFailure("the buffer was made with bytes in it") }
        return baseAddress.assumingMemoryBound(to: UInt8.self)
    }
}
