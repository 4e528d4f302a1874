/// The parts of a ciphertext and their places.
///
/// `U[96] || n || V[32] || n || W[32] || n || body || n || "AES_GCM_"`, where n is the length of what follows it as eight
/// bytes, and body is `n || encrypted || tag[16] || n || nonce[12]`. Numbers are little-endian.
///
/// - Source: crate `tle` of ideal-lab5/timelock, revision 5416406. Later revisions leave out the lengths before V and W;
///   the chain does not read that form.
struct TimelockCiphertext: Equatable {
    private static let cipherName = Array("AES_GCM_".utf8)

    /// U = r·G2, compressed. ``commitmentPoint()`` decodes it, which costs more than all the rest.
    let commitment: [UInt8]
    /// V.
    let maskedSigma: [UInt8]
    /// W.
    let maskedKey: [UInt8]
    let body: [UInt8]
    let tag: [UInt8]
    let nonce: [UInt8]

    var encoded: [UInt8] {
        let sealed = Self.counted(body + tag) + Self.counted(nonce)
        return commitment + Self.counted(maskedSigma) + Self.counted(maskedKey) + Self.counted(sealed)
            + Self.counted(Self.cipherName)
    }

    private static func counted(_ bytes: [UInt8]) -> [UInt8] {
        withUnsafeBytes(of: UInt64(bytes.count).littleEndian) { Array($0) } + bytes
    }

    /// - Throws: ``TimelockError`` with code `malformedCiphertext` for bytes that are no point of the group, or infinity.
    func commitmentPoint() throws(TimelockError) -> G2Point {
        do {
            return try G2Point(compressed: commitment)
        } catch {
            throw TimelockError(.malformedCiphertext, "the ciphertext's point: \(error)")
        }
    }
}

extension TimelockCiphertext {
    /// - Throws: ``TimelockError`` with code `malformedCiphertext` for any other layout, bytes at the end included.
    init(_ bytes: [UInt8]) throws(TimelockError) {
        var reader = LengthPrefixedReader(bytes)
        commitment = try reader.take(G2Point.compressedCount)
        maskedSigma = try reader.counted(exactly: 32)
        maskedKey = try reader.counted(exactly: 32)
        var inner = LengthPrefixedReader(try reader.counted())
        guard try reader.counted() == Self.cipherName else {
            throw TimelockError(.malformedCiphertext, "the ciphertext names a cipher other than AES_GCM_")
        }
        try reader.end()
        let sealed = try inner.counted()
        guard sealed.count >= AES256GCM.tagCount else {
            throw TimelockError(.malformedCiphertext, "the ciphertext is shorter than its tag")
        }
        body = Array(sealed.dropLast(AES256GCM.tagCount))
        tag = Array(sealed.suffix(AES256GCM.tagCount))
        nonce = try inner.counted(exactly: AES256GCM.nonceCount)
        try inner.end()
    }
}

/// Reads byte strings that come after their lengths.
private struct LengthPrefixedReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    mutating func take(_ count: Int) throws(TimelockError) -> [UInt8] {
        guard count <= rest.count else { throw TimelockError(.malformedCiphertext, "the ciphertext ends too early") }
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }

    mutating func counted() throws(TimelockError) -> [UInt8] {
        let count = try take(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        // What is above Int's range is more than is left, too.
        return try take(Int(clamping: count))
    }

    mutating func counted(exactly expected: Int) throws(TimelockError) -> [UInt8] {
        let bytes = try counted()
        guard bytes.count == expected else {
            throw TimelockError(.malformedCiphertext, "a part of \(expected) bytes has \(bytes.count)")
        }
        return bytes
    }

    func end() throws(TimelockError) {
        guard rest.isEmpty else { throw TimelockError(.malformedCiphertext, "bytes follow the ciphertext's end") }
    }
}
