internal import Signing

/// The hash that names a block or an extrinsic.
public struct BlockHash: Hashable, Sendable, CustomStringConvertible {
    /// 32 bytes.
    public let bytes: [UInt8]

    public init?(bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        self.bytes = bytes
    }

    /// From `0x` and 64 hex digits; nil for anything else.
    public init?(hex: String) {
        guard hex.utf8.count == 66, hex.hasPrefix("0x"), let bytes = try? Hex.decode(hex) else { return nil }
        self.bytes = bytes
    }

    /// `0x` and 64 hex digits.
    public var hex: String { "0x" + Hex.encode(bytes) }
    public var description: String { hex }
}
