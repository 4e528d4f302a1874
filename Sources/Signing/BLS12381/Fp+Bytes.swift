extension Fp {
    static let byteCount = 48

    /// - Parameter bytes: 48, the most significant first.
    /// - Returns: nil for another length, or for a number that is not below p.
    init?(bigEndian bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        self.init(words: Self.words(bigEndian: bytes))
    }

    /// A number of 64 bytes modulo p, as `hash_to_field` of RFC 9380 takes it.
    ///
    /// - Parameter bytes: 64, the most significant first.
    init(reducing bytes: some Collection<UInt8>) {
        // Halves of 256 bits are below p, and joining them is arithmetic in the field.
        let high = Fp(words: Self.words(bigEndian: bytes.prefix(32))) ?? .zero
        let low = Fp(words: Self.words(bigEndian: bytes.dropFirst(32))) ?? .zero
        let half = Fp(words: [0, 0, 0, 0, 1, 0]) ?? .zero
        self = high * half + low
    }

    /// A constant of a specification.
    ///
    /// - Parameter hex: digits of a number below p.
    init(constant hex: String) {
        let digits = String(repeating: "0", count: max(0, 2 * Self.byteCount - hex.count)) + hex
        guard let bytes = try? Hex.decode(digits), let element = Fp(bigEndian: bytes) else {
            preconditionFailure("a constant of this target is no field element")
        }
        self = element
    }

    /// 48 bytes, the most significant first.
    var bigEndianBytes: [UInt8] { littleEndianBytes.reversed() }

    /// 48 bytes, the least significant first.
    var littleEndianBytes: [UInt8] {
        let words = self.words
        return (0..<Self.byteCount).map { UInt8(truncatingIfNeeded: words[$0 >> 3] >> UInt64(8 * ($0 & 7))) }
    }

    /// The lowest bit of the number: `sgn0` of RFC 9380.
    var isOdd: Bool { words[0] & 1 == 1 }

    /// Above (p - 1)/2, and so the greater one of the element and its negation.
    var isLexicographicallyLargest: Bool {
        let half: Words = [
            0xdcff_7fff_ffff_d555, 0x0f55_ffff_58a9_ffff, 0xb398_6950_7b58_7b12,
            0xb23b_a5c2_79c2_895f, 0x258d_d3db_21a5_d66b, 0x0d00_88f5_1cbf_f34d,
        ]
        let words = self.words
        for index in stride(from: 5, through: 0, by: -1) where words[index] != half[index] {
            return words[index] > half[index]
        }
        return false
    }

    /// - Parameter bytes: at most 48, as the callers see to.
    private static func words(bigEndian bytes: some Collection<UInt8>) -> Words {
        var words = Words(repeating: 0)
        var place = 0
        for byte in bytes.reversed().prefix(byteCount) {
            words[place >> 3] |= UInt64(byte) << UInt64(8 * (place & 7))
            place += 1
        }
        return words
    }
}
