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
        guard let (count, size) = Scale.decodeLength(bytes), bytes.count == size + count + Self.roundCount else {
            throw TimelockError(.malformedCiphertext, "the envelope's length is not that of its parts")
        }
        ciphertext = Array(bytes.dropFirst(size).prefix(count))
        round = bytes.suffix(Self.roundCount).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    public var encoded: [UInt8] { Scale.encode(ciphertext) + Scale.encode(round) }
}
