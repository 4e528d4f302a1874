/// A Schnorr signature over ristretto255: R and s, 32 bytes each, with the marker bit of sr25519 set in the last byte.
public struct SR25519Signature: Hashable, Sendable {
    /// The 64 bytes.
    public let bytes: [UInt8]

    /// - Parameter bytes: exactly 64 bytes, otherwise nil. Whether they are a signature only verifying shows.
    public init?(bytes: [UInt8]) {
        guard bytes.count == 64 else { return nil }
        self.bytes = bytes
    }

    /// 128 lower-case digits without a prefix.
    public var hex: String { Hex.encode(bytes) }
}
