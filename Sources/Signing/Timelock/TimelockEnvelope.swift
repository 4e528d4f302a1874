/// A ciphertext with the round it was sealed for, as the `encrypt` functions of the Python clients give it. Commits carry
/// the two apart.
///
/// SCALE: `{ encrypted_data: Vec<u8>, reveal_round: u64 }`.
public struct TimelockEnvelope: Hashable, Sendable {
    public let ciphertext: [UInt8]
    public let round: UInt64

    private static let roundCount = 8

    public init(ciphertext: [UInt8], round: UInt64) {
        self.ciphertext = ciphertext
        self.round = round
    }

    /// - Throws: ``TimelockError`` with code `malformedCiphertext`.
    public init(_ bytes: [UInt8]) throws(TimelockError) {
        guard let (count, size) = Self.length(at: bytes), bytes.count == size + count + Self.roundCount else {
            throw TimelockError(.malformedCiphertext, "the envelope's length is not that of its parts")
        }
        ciphertext = Array(bytes.dropFirst(size).prefix(count))
        round = bytes.suffix(Self.roundCount).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    public var encoded: [UInt8] { Self.length(ciphertext.count) + ciphertext + Self.littleEndian(round) }

    // MARK: SCALE's compact integer: the lowest two bits say how many bytes it has.

    /// - Parameter count: below 2^30, which no ciphertext reaches.
    private static func length(_ count: Int) -> [UInt8] {
        let number = UInt32(clamping: count)
        return switch number {
        case 0..<(1 << 6): [UInt8(truncatingIfNeeded: number << 2)]
        case 0..<(1 << 14): littleEndian(UInt16(truncatingIfNeeded: number << 2 | 1))
        default: littleEndian(number << 2 | 2)
        }
    }

    /// - Returns: a length and the bytes it took; nil for a form that is cut off, longer than its value needs, or for
    ///   lengths of 2^30 and above.
    private static func length(at bytes: [UInt8]) -> (count: Int, size: Int)? {
        guard let first = bytes.first, first & 3 != 3 else { return nil }
        let size = 1 << Int(first & 3)
        guard bytes.count >= size else { return nil }
        let number = bytes.prefix(size).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        let count = Int(number >> 2)
        return length(count).count == size ? (count, size) : nil
    }

    private static func littleEndian<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
        withUnsafeBytes(of: number.littleEndian) { Array($0) }
    }
}
