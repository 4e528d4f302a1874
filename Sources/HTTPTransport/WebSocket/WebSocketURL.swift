/// Where a WebSocket is opened.
struct WebSocketURL: Equatable {
    /// `wss`: over TLS.
    let isSecure: Bool
    let host: String
    let port: Int
    /// Path and query, at least `/`.
    let target: String

    /// The form of a `host` header.
    var authority: String {
        let name = host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host
        return port == defaultPort ? name : "\(name):\(port)"
    }

    private var defaultPort: Int { isSecure ? 443 : 80 }

    init(_ text: String) throws(TransportError) {
        guard let colon = text.firstIndex(of: ":"), text[colon...].hasPrefix("://") else { throw Self.malformed(text) }
        switch text[..<colon].lowercased() {
        case "ws": isSecure = false
        case "wss": isSecure = true
        default: throw Self.malformed(text)
        }
        let rest = text[colon...].dropFirst(3)
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let path = rest[authority.endIndex...].prefix { $0 != "#" }
        target = path.first == "/" ? String(path) : "/" + path
        guard HTTPSyntax.isTarget(target.utf8), !authority.contains("@") else { throw Self.malformed(text) }
        var portText: Substring?
        if authority.first == "[" {
            guard let end = authority.firstIndex(of: "]") else { throw Self.malformed(text) }
            host = String(authority[authority.index(after: authority.startIndex)..<end])
            let tail = authority[authority.index(after: end)...]
            guard tail.isEmpty || tail.first == ":" else { throw Self.malformed(text) }
            portText = tail.isEmpty ? nil : tail.dropFirst()
        } else {
            let colon = authority.firstIndex(of: ":")
            host = String(authority[..<(colon ?? authority.endIndex)])
            portText = colon.map { authority[authority.index(after: $0)...] }
        }
        guard !host.isEmpty, HTTPSyntax.isTarget(host.utf8) else { throw Self.malformed(text) }
        guard let portText else {
            port = isSecure ? 443 : 80
            return
        }
        guard let number = UInt16(portText), number > 0 else { throw Self.malformed(text) }
        port = Int(number)
    }

    private static func malformed(_ text: String) -> TransportError {
        TransportError(.unsupported, .gateway, "not a ws:// or wss:// URL: \(text.prefix(200))")
    }
}
