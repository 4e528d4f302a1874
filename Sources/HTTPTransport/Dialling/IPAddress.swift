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
        case v6(UInt128)
    }

    let value: Value

    init(_ value: Value) {
        self.value = value
    }

    /// - Parameter text: dotted quad or RFC 4291 text, without port, zone or brackets.
    public init?(_ text: String) {
        var v4 = in_addr()
        var v6 = in6_addr()
        if inet_pton(AF_INET, text, &v4) == 1 {
            value = .v4(UInt32(bigEndian: v4.s_addr))
        } else if inet_pton(AF_INET6, text, &v6) == 1 {
            value = .v6(withUnsafeBytes(of: &v6) { UInt128(bigEndian: $0.loadUnaligned(as: UInt128.self)) })
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
            value = .v4(v4)
        case 6:
            value = .v6(chainValue)
        default:
            return nil
        }
    }

    /// The integer and type that the chain stores for this address.
    public var chainForm: (value: UInt128, ipType: UInt8) {
        switch value {
        case .v4(let v4): (UInt128(v4), 4)
        case .v6(let v6): (v6, 6)
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
            var address = in_addr(s_addr: v4.bigEndian)
            inet_ntop(AF_INET, &address, &text, socklen_t(text.count))
        case .v6(let v6):
            var bytes = v6.bigEndian
            inet_ntop(AF_INET6, &bytes, &text, socklen_t(text.count))
        }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
