import NIOHTTP1

/// Which request targets a server takes, and with which `host`.
///
/// - Source: RFC 9112, sections 3.2 and 3.2.2; RFC 3986, section 3.2.2.
enum RequestTarget {
    /// Whether the target is of a form that a server understands and names no other host than the field does.
    ///
    /// A proxy in front may route by the one and we by the other, so both must agree.
    ///
    /// - Parameter host: nil without the field, which only HTTP/1.0 may do.
    static func isConsistent(_ target: String, host: String?) -> Bool {
        guard host.map(isHost) ?? true, HTTPSyntax.isTarget(target.utf8) else { return false }
        switch target.utf8.first {
        case UInt8(ascii: "/"): return true
        case UInt8(ascii: "*"): return target.utf8.count == 1
        default:
            guard let authority = authority(of: target) else { return false }
            return host.map { $0.lowercased() == authority.lowercased() } ?? true
        }
    }

    /// The authority of `http` or `https` in absolute form.
    private static func authority(of target: String) -> Substring? {
        for scheme in ["http://", "https://"] where target.lowercased().hasPrefix(scheme) {
            let authority = target.dropFirst(scheme.count).prefix { !"/?".contains($0) }
            return authority.isEmpty ? nil : authority
        }
        return nil
    }

    private static func isHost(_ host: String) -> Bool {
        host.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: ":"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "~"), UInt8(ascii: "%"):
                true
            default: false
            }
        }
    }
}
