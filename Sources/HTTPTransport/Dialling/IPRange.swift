/// A block of addresses in CIDR form.
public struct IPRange: Hashable, Sendable {
    public let base: IPAddress
    /// Leading bits that all addresses of the range share.
    public let prefixLength: Int

    /// - Parameter text: for example `10.0.0.0/8` or `fc00::/7`; an address alone is a range of one.
    /// - Returns: nil for malformed text, a prefix longer than the address, or set bits behind the prefix.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let base = IPAddress(String(first)) else { return nil }
        let width = if case .v4 = base.value { 32 } else { 128 }
        var length = width
        if parts.count == 2 {
            guard parts[1].utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
                let given = Int(parts[1]), given <= width
            else { return nil }
            length = given
        }
        self.base = base
        prefixLength = length
        guard Self.prefix(of: base, length) == base else { return nil }
    }

    public func contains(_ address: IPAddress) -> Bool {
        Self.prefix(of: address, prefixLength) == base
    }

    private static func prefix(of address: IPAddress, _ length: Int) -> IPAddress {
        switch address.value {
        case .v4(let v4): IPAddress(.v4(length >= 32 ? v4 : v4 & ~(UInt32.max >> UInt32(length))))
        case .v6(let high, let low):
            IPAddress(
                .v6(
                    high: length >= 64 ? high : high & ~(UInt64.max >> UInt64(length)),
                    low: length >= 128 ? low : length <= 64 ? 0 : low & ~(UInt64.max >> UInt64(length - 64))))
        }
    }
}

extension IPRange: CustomStringConvertible {
    public var description: String { "\(base)/\(prefixLength)" }
}
