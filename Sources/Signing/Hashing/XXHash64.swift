/// xxHash64, the non-cryptographic hash behind Substrate's `twox` hashers.
///
/// - Source: xxHash, doc/xxhash_spec.md, "XXH64 Algorithm Description".
enum XXHash64 {
    private static let prime1: UInt64 = 0x9E37_79B1_85EB_CA87
    private static let prime2: UInt64 = 0xC2B2_AE3D_27D4_EB4F
    private static let prime3: UInt64 = 0x1656_67B1_9E37_79F9
    private static let prime4: UInt64 = 0x85EB_CA77_C2B2_AE63
    private static let prime5: UInt64 = 0x27D4_EB2F_1656_67C5

    static func hash(_ bytes: UnsafeRawBufferPointer, seed: UInt64) -> UInt64 {
        var offset = 0
        var digest = bytes.count >= 32 ? stripes(bytes, seed: seed, &offset) : seed &+ prime5
        digest &+= UInt64(bytes.count)
        while bytes.count - offset >= 8 {
            digest ^= round(0, word(bytes, offset))
            digest = rotate(digest, 27) &* prime1 &+ prime4
            offset += 8
        }
        if bytes.count - offset >= 4 {
            let half = bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
            digest ^= UInt64(UInt32(littleEndian: half)) &* prime1
            digest = rotate(digest, 23) &* prime2 &+ prime3
            offset += 4
        }
        while offset < bytes.count {
            digest ^= UInt64(bytes[offset]) &* prime5
            digest = rotate(digest, 11) &* prime1
            offset += 1
        }
        return avalanche(digest)
    }

    /// Steps 1 to 3 for inputs of 32 bytes and more.
    private static func stripes(_ bytes: UnsafeRawBufferPointer, seed: UInt64, _ offset: inout Int) -> UInt64 {
        var lane1 = seed &+ prime1 &+ prime2
        var lane2 = seed &+ prime2
        var lane3 = seed
        var lane4 = seed &- prime1
        while bytes.count - offset >= 32 {
            lane1 = round(lane1, word(bytes, offset))
            lane2 = round(lane2, word(bytes, offset + 8))
            lane3 = round(lane3, word(bytes, offset + 16))
            lane4 = round(lane4, word(bytes, offset + 24))
            offset += 32
        }
        var digest = rotate(lane1, 1) &+ rotate(lane2, 7) &+ rotate(lane3, 12) &+ rotate(lane4, 18)
        for lane in [lane1, lane2, lane3, lane4] {
            digest = (digest ^ round(0, lane)) &* prime1 &+ prime4
        }
        return digest
    }

    private static func avalanche(_ digest: UInt64) -> UInt64 {
        var digest = digest
        digest ^= digest >> 33
        digest = digest &* prime2
        digest ^= digest >> 29
        digest = digest &* prime3
        return digest ^ (digest >> 32)
    }

    private static func round(_ lane: UInt64, _ input: UInt64) -> UInt64 {
        rotate(lane &+ input &* prime2, 31) &* prime1
    }

    private static func word(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt64 {
        UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    private static func rotate(_ value: UInt64, _ bits: UInt64) -> UInt64 {
        (value &<< bits) | (value &>> (64 &- bits))
    }
}
