/// The permutation Keccak-f[1600] and its state of 25 words, the base of SHA-3 and of the transcripts of sr25519.
///
/// - Source: FIPS 202, section 3. Lane (x, y) is word x + 5 y; bytes are little-endian within a word.
struct KeccakState {
    var words = InlineArray<25, UInt64>(repeating: 0)

    /// XORs one byte into the state. `index` is in 0..<200.
    @inline(__always)
    mutating func xor(_ byte: UInt8, at index: Int) {
        words[index &>> 3] ^= UInt64(byte) &<< UInt64((index & 7) &<< 3)
    }

    /// The byte at `index`, in 0..<200.
    @inline(__always)
    func byte(at index: Int) -> UInt8 {
        UInt8(truncatingIfNeeded: words[index &>> 3] &>> UInt64((index & 7) &<< 3))
    }

    /// Replaces one byte. `index` is in 0..<200.
    @inline(__always)
    mutating func set(_ byte: UInt8, at index: Int) {
        xor(byte ^ self.byte(at: index), at: index)
    }

    /// One application of Keccak-f[1600]. The rounds work on local words, which is several times faster than
    /// indexing; theta, rho with pi, and chi are written out.
    mutating func permute() {
        var a0 = words[0]
        var a1 = words[1]
        var a2 = words[2]
        var a3 = words[3]
        var a4 = words[4]
        var a5 = words[5]
        var a6 = words[6]
        var a7 = words[7]
        var a8 = words[8]
        var a9 = words[9]
        var a10 = words[10]
        var a11 = words[11]
        var a12 = words[12]
        var a13 = words[13]
        var a14 = words[14]
        var a15 = words[15]
        var a16 = words[16]
        var a17 = words[17]
        var a18 = words[18]
        var a19 = words[19]
        var a20 = words[20]
        var a21 = words[21]
        var a22 = words[22]
        var a23 = words[23]
        var a24 = words[24]
        for constant in 0..<24 {
            let c0 = a0 ^ a5 ^ a10 ^ a15 ^ a20
            let c1 = a1 ^ a6 ^ a11 ^ a16 ^ a21
            let c2 = a2 ^ a7 ^ a12 ^ a17 ^ a22
            let c3 = a3 ^ a8 ^ a13 ^ a18 ^ a23
            let c4 = a4 ^ a9 ^ a14 ^ a19 ^ a24
            let d0 = c4 ^ rotate(c1, 1)
            let d1 = c0 ^ rotate(c2, 1)
            let d2 = c1 ^ rotate(c3, 1)
            let d3 = c2 ^ rotate(c4, 1)
            let d4 = c3 ^ rotate(c0, 1)
            let b0 = a0 ^ d0
            let b1 = rotate(a6 ^ d1, 44)
            let b2 = rotate(a12 ^ d2, 43)
            let b3 = rotate(a18 ^ d3, 21)
            let b4 = rotate(a24 ^ d4, 14)
            let b5 = rotate(a3 ^ d3, 28)
            let b6 = rotate(a9 ^ d4, 20)
            let b7 = rotate(a10 ^ d0, 3)
            let b8 = rotate(a16 ^ d1, 45)
            let b9 = rotate(a22 ^ d2, 61)
            let b10 = rotate(a1 ^ d1, 1)
            let b11 = rotate(a7 ^ d2, 6)
            let b12 = rotate(a13 ^ d3, 25)
            let b13 = rotate(a19 ^ d4, 8)
            let b14 = rotate(a20 ^ d0, 18)
            let b15 = rotate(a4 ^ d4, 27)
            let b16 = rotate(a5 ^ d0, 36)
            let b17 = rotate(a11 ^ d1, 10)
            let b18 = rotate(a17 ^ d2, 15)
            let b19 = rotate(a23 ^ d3, 56)
            let b20 = rotate(a2 ^ d2, 62)
            let b21 = rotate(a8 ^ d3, 55)
            let b22 = rotate(a14 ^ d4, 39)
            let b23 = rotate(a15 ^ d0, 41)
            let b24 = rotate(a21 ^ d1, 2)
            a0 = b0 ^ (~b1 & b2) ^ Self.roundConstants[constant]
            a1 = b1 ^ (~b2 & b3)
            a2 = b2 ^ (~b3 & b4)
            a3 = b3 ^ (~b4 & b0)
            a4 = b4 ^ (~b0 & b1)
            a5 = b5 ^ (~b6 & b7)
            a6 = b6 ^ (~b7 & b8)
            a7 = b7 ^ (~b8 & b9)
            a8 = b8 ^ (~b9 & b5)
            a9 = b9 ^ (~b5 & b6)
            a10 = b10 ^ (~b11 & b12)
            a11 = b11 ^ (~b12 & b13)
            a12 = b12 ^ (~b13 & b14)
            a13 = b13 ^ (~b14 & b10)
            a14 = b14 ^ (~b10 & b11)
            a15 = b15 ^ (~b16 & b17)
            a16 = b16 ^ (~b17 & b18)
            a17 = b17 ^ (~b18 & b19)
            a18 = b18 ^ (~b19 & b15)
            a19 = b19 ^ (~b15 & b16)
            a20 = b20 ^ (~b21 & b22)
            a21 = b21 ^ (~b22 & b23)
            a22 = b22 ^ (~b23 & b24)
            a23 = b23 ^ (~b24 & b20)
            a24 = b24 ^ (~b20 & b21)
        }
        words[0] = a0
        words[1] = a1
        words[2] = a2
        words[3] = a3
        words[4] = a4
        words[5] = a5
        words[6] = a6
        words[7] = a7
        words[8] = a8
        words[9] = a9
        words[10] = a10
        words[11] = a11
        words[12] = a12
        words[13] = a13
        words[14] = a14
        words[15] = a15
        words[16] = a16
        words[17] = a17
        words[18] = a18
        words[19] = a19
        words[20] = a20
        words[21] = a21
        words[22] = a22
        words[23] = a23
        words[24] = a24
    }

    private static let roundConstants: InlineArray<24, UInt64> = [
        0x0000_0000_0000_0001, 0x0000_0000_0000_8082, 0x8000_0000_0000_808a, 0x8000_0000_8000_8000,
        0x0000_0000_0000_808b, 0x0000_0000_8000_0001, 0x8000_0000_8000_8081, 0x8000_0000_0000_8009,
        0x0000_0000_0000_008a, 0x0000_0000_0000_0088, 0x0000_0000_8000_8009, 0x0000_0000_8000_000a,
        0x0000_0000_8000_808b, 0x8000_0000_0000_008b, 0x8000_0000_0000_8089, 0x8000_0000_0000_8003,
        0x8000_0000_0000_8002, 0x8000_0000_0000_0080, 0x0000_0000_0000_800a, 0x8000_0000_8000_000a,
        0x8000_0000_8000_8081, 0x8000_0000_0000_8080, 0x0000_0000_8000_0001, 0x8000_0000_8000_8008,
    ]
}

@inline(__always)
private func rotate(_ word: UInt64, _ bits: UInt64) -> UInt64 {
    (word &<< bits) | (word &>> (64 &- bits))
}
