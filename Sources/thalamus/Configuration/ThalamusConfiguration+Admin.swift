import Gateway
import HTTPTransport

extension ThalamusConfiguration {
    /// Where the admin API listens.
    ///
    /// ## Configuration keys (object `admin`, besides a listener's own)
    /// - `listen` (text, `HOST:PORT` or `[IPV6]:PORT`, default: no admin API): best an address that callers can't reach;
    ///   or `unix_socket`
    /// - `token_file` (path): holds the token, 32 to 512 visible characters; only its owner has access to it
    ///
    /// Of a listener's own keys those that say how connections come (`tls`, `trusted_proxies`, `proxy_protocol`) have
    /// their defaults; the others are as in `server` unless they are given.
    struct Admin {
        var listener: HTTPServerConfiguration
        var tokenFile: String

        /// - Throws: ``AdminTokenError``.
        func token() throws -> AdminToken { try AdminToken(fileAt: tokenFile) }

        /// Whether the token travels in the clear where others may listen.
        var isExposed: Bool {
            listener.tls == nil && listener.unixSocket == nil && listener.host != "localhost"
                && IPAddress(listener.host)?.isLoopback != true
        }
    }

    /// After `server`, which it takes after.
    mutating func readAdmin(_ section: ConfigurationReader?, folder: String) throws {
        guard let section else { return }
        let listen = try section.text("listen")
        let tokenFile = try section.text("token_file")
        for key in ["host", "port"] where section.node(key) != nil {
            throw section.wrong(key, "left out: `listen` says both, such as 127.0.0.1:9090")
        }
        var listener = server
        listener.unixSocket = nil
        listener.tls = nil
        listener.usesProxyProtocol = false
        listener.trustedProxies = TrustedProxies()
        try listener.read(section, folder: folder)
        try section.finish()
        guard listen != nil || listener.unixSocket != nil else {
            throw section.missing("listen", "an address such as 127.0.0.1:9090")
        }
        if let listen {
            guard listener.unixSocket == nil else {
                throw section.wrong("listen", "left out where there is `unix_socket`")
            }
            guard let (host, port) = Self.address(listen) else {
                throw section.wrong("listen", "an address and a port such as 127.0.0.1:9090 or [::1]:9090")
            }
            listener.host = host
            listener.port = port
        }
        guard let tokenFile else {
            throw section.missing("token_file", "a file with a token of 32 characters or more, mode 600")
        }
        admin = Admin(listener: listener, tokenFile: Self.resolve(tokenFile, in: folder))
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
