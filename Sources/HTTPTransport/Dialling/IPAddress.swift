import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// An IPv4 or IPv6 address.
public struct IPAddress: Hashable, Sendable {
    enum Value: Hashable, Sendable {
        case v4(UInt32)
        // Two words: Swift 6.3.1 misaligns a UInt128 inside an enum on the stack, and the process dies of it.
        case v6(high: UInt64, low: UInt64)
    }

    let value: Value

    init(_ value: Value) {
        self.value = value
    }

    private init(v6: UInt128) {
        value = .v6(high: UInt64(truncatingIfNeeded: v6 >> 64), low: UInt64(truncatingIfNeeded: v6))
    }

    /// - Parameter text: dotted quad or RFC 4291 text, without port, zone or brackets.
    public init?(_ text: String) {
        // A text with a zero byte would be read up to that.
        guard !text.utf8.contains(0) else { return nil }
        var bytes = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, text, &bytes) == 1 {
            self.init(.v4(bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }))
        } else if inet_pton(AF_INET6, text, &bytes) == 1 {
            self.init(v6: bytes.reduce(0) { $0 << 8 | UInt128($1) })
        } else {
            return nil
        }
    }

    /// An axon's address as the chain stores it.
    ///
    /// - Parameters:
    ///   - chainValue: the address as one integer, most significant part first.
    ///   - ipType: 4 or 6.
    /// - Returns: nil for any other type, and for a version 4 address above 2^32 - 1.
    /// - Source: subtensor, pallet `SubtensorModule`, struct `AxonInfo`.
    public init?(chainValue: UInt128, ipType: UInt8) {
        switch ipType {
        case 4:
            guard let v4 = UInt32(exactly: chainValue) else { return nil }
            self.init(.v4(v4))
        case 6:
            self.init(v6: chainValue)
        default:
            return nil
        }
    }

    /// The integer and type that the chain stores for this address.
    public var chainForm: (value: UInt128, ipType: UInt8) {
        switch value {
        case .v4(let v4): (UInt128(v4), 4)
        case .v6(let high, let low): (UInt128(high) << 64 | UInt128(low), 6)
        }
    }

    /// The address with a port as NIO dials it.
    func socketAddress(port: UInt16) -> SocketAddress? {
        try? SocketAddress(ipAddress: description, port: Int(port))
    }
}

extension IPAddress: CustomStringConvertible {
    public var description: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        switch value {
        case .v4(let v4):
            var bytes = v4.bigEndian
            inet_ntop(AF_INET, &bytes, &text, socklen_t(text.count))
        case .v6(let high, let low):
            var bytes = (high.bigEndian, low.bigEndian)
            inet_ntop(AF_INET6, &bytes, &text, socklen_t(text.count))
        }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

extension IPAddress {
    /// The address itself, or the IPv4 address that a socket for both versions shows as IPv6.
    ///
    /// - Source: RFC 4291, section 2.5.5.2.
    var unmapped: IPAddress {
        guard case .v6(let high, let low) = value, high == 0, low >> 32 == 0xffff else { return self }
        return IPAddress(.v4(UInt32(truncatingIfNeeded: low)))
    }
}
