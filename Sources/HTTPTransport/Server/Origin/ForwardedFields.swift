import NIOHTTP1

/// What proxies in front say of a request's client, read from the nearest to the farthest as long as each is trusted.
///
/// A client can write any of these fields itself: only what trusted proxies have added behind that counts.
///
/// - Source: RFC 7239, sections 4 to 6, for `forwarded`; the others are custom.
struct ForwardedFields {
    /// More proxies than this stand in front of nobody.
    private static let maximumHops = 32
    private static let maximumHopBytes = 256

    /// The nearest address that is no trusted proxy's, or the farthest trusted one; nil when nothing was said.
    private(set) var client: IPAddress?
    /// What the hop with that address said of its own connection; nil when it said nothing.
    private(set) var isSecure: Bool?

    init(_ headers: HTTPHeaders, proxies: TrustedProxies) {
        switch proxies.field {
        case .xForwardedFor:
            for hop in Self.hops(headers["x-forwarded-for"]) {
                guard take(Self.address(hop), proxies) else { break }
            }
            // One value as a rule; of several the nearest proxy's is the last.
            isSecure = Self.hops(headers["x-forwarded-proto"]).first.flatMap(Self.isSecure)
        case .forwarded:
            for hop in Self.hops(headers["forwarded"]) {
                let pairs = Self.pairs(hop)
                isSecure = pairs["proto"].flatMap { Self.isSecure($0[...]) } ?? isSecure
                guard take(pairs["for"].flatMap { Self.address($0[...]) }, proxies) else { break }
            }
        }
    }

    /// - Returns: whether the hop before this one is to be believed too.
    private mutating func take(_ address: IPAddress?, _ proxies: TrustedProxies) -> Bool {
        // A hop that is no address (`unknown`, a pseudonym, nonsense): who told of it is the last that is known.
        guard let address else { return false }
        client = address
        return proxies.contains(address)
    }

    /// The list's members, the last one first.
    private static func hops(_ values: [String]) -> [Substring] {
        var hops: [Substring] = []
        for value in values.reversed() {
            for hop in value.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).reversed() {
                guard hops.count < maximumHops, hop.count <= maximumHopBytes else { return hops }
                hops.append(HTTPSyntax.trimmed(Substring(hop)))
            }
        }
        return hops
    }

    /// An address with or without port: `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]:80`.
    static func address(_ text: Substring) -> IPAddress? {
        var host = text
        if host.first == "[" {
            guard let end = host.firstIndex(of: "]") else { return nil }
            let rest = host[host.index(after: end)...]
            guard rest.isEmpty || isPort(rest) else { return nil }
            host = host[host.index(after: host.startIndex)..<end]
            guard host.contains(":") else { return nil }
        } else if let colon = host.firstIndex(of: ":"), host.lastIndex(of: ":") == colon {
            guard isPort(host[colon...]) else { return nil }
            host = host[..<colon]
        }
        return IPAddress(String(host))?.unmapped
    }

    private static func isPort(_ text: Substring) -> Bool {
        text.first == ":" && text.utf8.count <= 6
            && text.utf8.dropFirst().allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    private static func isSecure(_ proto: Substring) -> Bool? {
        switch proto.lowercased() {
        case "https": true
        case "http": false
        default: nil
        }
    }

    /// The pairs of one `forwarded` element; of a name that comes twice none is known. Quoted values lose their quotes.
    private static func pairs(_ element: Substring) -> [String: String] {
        var pairs: [String: String] = [:]
        for pair in element.split(separator: ";", omittingEmptySubsequences: true) {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { return [:] }
            var value = HTTPSyntax.trimmed(parts[1])
            if value.utf8.first == UInt8(ascii: "\"") {
                guard value.utf8.count >= 2, value.utf8.last == UInt8(ascii: "\"") else { return [:] }
                value = value.dropFirst().dropLast()
                guard !value.contains("\""), !value.contains("\\") else { return [:] }
            }
            let name = HTTPSyntax.trimmed(parts[0]).lowercased()
            guard pairs.updateValue(String(value), forKey: name) == nil else { return [:] }
        }
        return pairs
    }
}
