import NIOCore

/// What a proxy says at the beginning of a connection: version 2 of the PROXY protocol.
///
/// - Source: "The PROXY protocol", section 2.2, in HAProxy's documentation.
struct ProxyHeader: Equatable {
    enum Outcome: Equatable {
        case needsMore
        case invalid
        /// The header is complete and the reader stands behind it.
        case complete(ProxyHeader)
    }

    /// Longer headers, for their additions, are nobody's.
    static let maximumBytes = 4_096
    private static let signature: [UInt8] = [0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a]

    /// The client's address; nil when the proxy speaks for itself, or for a client without one.
    var source: IPAddress?

    /// Reads a header from the beginning of `bytes`.
    static func read(_ bytes: inout ByteBuffer) -> Outcome {
        for (byte, expected) in zip(bytes.readableBytesView, signature) where byte != expected { return .invalid }
        let start = bytes.readerIndex
        guard bytes.readableBytes >= 16 else { return .needsMore }
        guard let command: UInt8 = bytes.getInteger(at: start + 12),
            let family: UInt8 = bytes.getInteger(at: start + 13),
            let length: UInt16 = bytes.getInteger(at: start + 14), command >> 4 == 2, command & 0xf <= 1,
            Int(length) <= maximumBytes
        else { return .invalid }
        guard bytes.readableBytes >= 16 + Int(length) else { return .needsMore }
        bytes.moveReaderIndex(forwardBy: 16)
        guard var content = bytes.readSlice(length: Int(length)) else { return .invalid }
        // LOCAL: the proxy's own connection, for example a health check.
        guard command & 0xf == 1 else { return .complete(ProxyHeader()) }
        switch family {
        case 0x11, 0x12:
            guard length >= 12, let v4: UInt32 = content.readInteger() else { return .invalid }
            return .complete(ProxyHeader(source: IPAddress(.v4(v4))))
        case 0x21, 0x22:
            guard length >= 36, let high: UInt64 = content.readInteger(), let low: UInt64 = content.readInteger()
            else { return .invalid }
            return .complete(ProxyHeader(source: IPAddress(.v6(high: high, low: low))))
        case 0x00, 0x31, 0x32:
            return .complete(ProxyHeader())
        default:
            return .invalid
        }
    }
}
