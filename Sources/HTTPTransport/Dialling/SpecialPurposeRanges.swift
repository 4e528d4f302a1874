/// The addresses that no miner on the public internet can have.
///
/// - Source: IANA's special-purpose registries for IPv4 and IPv6 (RFC 6890 and its updates), and the addresses at
///   which cloud providers answer with credentials.
enum SpecialPurposeRanges {
    struct Entry: Sendable {
        let range: IPRange
        let name: String
    }

    /// The range that `address` lies in, if it is special.
    static func name(of address: IPAddress) -> String? {
        switch address.value {
        case .v4:
            return v4.first { $0.range.contains(address) }?.name
        case .v6(let high, _):
            if let entry = v6.first(where: { $0.range.contains(address) }) { return entry.name }
            // Only 2000::/3 is assigned as global unicast; what is reserved today may mean anything tomorrow.
            return high >> 61 == 0b001 ? nil : "not global unicast"
        }
    }

    static let v4: [Entry] = entries([
        ("0.0.0.0/8", "this network"),
        ("10.0.0.0/8", "private use"),
        ("100.64.0.0/10", "shared address space"),
        ("127.0.0.0/8", "loopback"),
        ("168.63.129.16/32", "cloud metadata"),
        ("169.254.0.0/16", "link local"),
        ("172.16.0.0/12", "private use"),
        ("192.0.0.0/24", "protocol assignments"),
        ("192.0.2.0/24", "documentation"),
        ("192.31.196.0/24", "AS112"),
        ("192.52.193.0/24", "multicast tunnelling"),
        ("192.88.99.0/24", "6to4 relay"),
        ("192.168.0.0/16", "private use"),
        ("192.175.48.0/24", "AS112"),
        ("198.18.0.0/15", "benchmarking"),
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
    ])

    static let v6: [Entry] = entries([
        ("::/128", "unspecified"),
        ("::1/128", "loopback"),
        ("::ffff:0:0/96", "IPv4-mapped"),
        ("::/96", "IPv4-compatible"),
        ("64:ff9b::/96", "NAT64"),
        ("64:ff9b:1::/48", "local NAT64"),
        ("100::/64", "discard only"),
        ("2001::/32", "Teredo"),
        ("2001::/23", "protocol assignments"),
        ("2001:db8::/32", "documentation"),
        ("2002::/16", "6to4"),
        ("2620:4f:8000::/48", "AS112"),
        ("3fff::/20", "documentation"),
        ("5f00::/16", "segment routing"),
        ("fc00::/7", "unique local"),
        ("fe80::/10", "link local"),
        ("fec0::/10", "site local"),
        ("ff00::/8", "multicast"),
    ])

    private static func entries(_ table: [(String, String)]) -> [Entry] {
        table.map { text, name in
            guard let range = IPRange(text) else { preconditionFailure("\(text) is not a range") }
            return Entry(range: range, name: name)
        }
    }
}
