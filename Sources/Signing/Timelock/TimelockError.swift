/// Why something cannot be sealed for a round of the drand network, or opened with a round's signature.
public struct TimelockError: Error, Sendable, Hashable, CustomStringConvertible {
    public struct Code: Hashable, Sendable {
        enum Base: Hashable, Sendable {
            case invalidNetwork, invalidRound, invalidSignature, malformedCiphertext, wrongSignature
        }
        let base: Base
        /// A network whose public key is no point of the group, or infinity, or that has no time between rounds.
        public static let invalidNetwork = Self(base: .invalidNetwork)
        /// Round 0, which is never published.
        public static let invalidRound = Self(base: .invalidRound)
        /// Bytes that are no round signature: no point of the group, or infinity.
        public static let invalidSignature = Self(base: .invalidSignature)
        /// Bytes that are no ciphertext or envelope: a wrong length, an unknown cipher, a bad point.
        public static let malformedCiphertext = Self(base: .malformedCiphertext)
        /// A ciphertext that the signature does not open: it belongs to another round, or one of the two was changed.
        public static let wrongSignature = Self(base: .wrongSignature)
    }
    public let code: Code
    /// For operators.
    public let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}
