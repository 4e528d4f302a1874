/// Where a WebSocket is opened.
struct WebSocketURL: Equatable {
    let host: String
    let port: Int
    /// Path and query, at least `/`.
    let target: String

    /// The form of a `host` header.
    var authority: String {
        let name = host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host
        return port == 80 ? name : "\(name):\(port)"
    }

    init(_ text: String) throws(TransportError) {
        let lowercase = text.lowercased()
        if lowercase.hasPrefix("wss://") {
            throw TransportError(
                .unsupported, .gateway,
                "TLS to chain nodes is not available yet; use ws://, for example to a node on the same network")
        }
        guard lowercase.hasPrefix("ws://") else { throw Self.malformed(text) }
        let rest = text.dropFirst(5)
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
            port = 80
            return
        }
        guard let number = UInt16(portText), number > 0 else { throw Self.malformed(text) }
        port = Int(number)
    }

    private static func malformed(_ text: String) -> TransportError {
        TransportError(.unsupported, .gateway, "not a ws:// URL: \(text.prefix(200))")
    }
}
