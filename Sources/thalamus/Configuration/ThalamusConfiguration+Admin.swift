import Gateway

extension ThalamusConfiguration {
    /// Where the admin API listens; in all else its listener is as the public one.
    ///
    /// ## Configuration keys (object `admin`)
    /// - `listen` (text, `HOST:PORT` or `[IPV6]:PORT`, default: no admin API): best an address that callers can't reach
    /// - `token_file` (path): holds the token, 32 to 512 visible characters; only its owner has access to it
    struct Admin: Equatable {
        var host: String
        var port: Int
        var tokenFile: String

        /// - Throws: ``AdminTokenError``.
        func token() throws -> AdminToken { try AdminToken(fileAt: tokenFile) }
    }

    mutating func readAdmin(_ section: ConfigurationReader?, folder: String) throws {
        guard let section else { return }
        let listen = try section.text("listen")
        let tokenFile = try section.text("token_file")
        try section.finish()
        guard let listen else {
            guard tokenFile == nil else { throw section.missing("listen", "an address such as 127.0.0.1:9090") }
            return
        }
        guard let (host, port) = Self.address(listen) else {
            throw section.wrong("listen", "an address and a port such as 127.0.0.1:9090 or [::1]:9090")
        }
        guard let tokenFile else {
            throw section.missing("token_file", "a file with a token of 32 characters or more, mode 600")
        }
        admin = Admin(host: host, port: port, tokenFile: Self.resolve(tokenFile, in: folder))
    }

    private static func address(_ text: String) -> (host: String, port: Int)? {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            return nil
        }
        var host = text[..<colon]
        if host.first == "[", host.last == "]" {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        return host.isEmpty ? nil : (String(host), Int(port))
    }
}
