internal import HTTPTransport
internal import NIOCore

/// Where an ``OpenAIBackend`` sends its requests: `http://host[:port][/path]`.
struct OpenAIBackendURL {
    let address: VettedAddress
    /// For the `host` header.
    let authority: String
    /// Without a slash at its end; `/v1` when the URL has none.
    let path: String

    init(_ text: String) throws(NeuronError) {
        guard text.hasPrefix("http://") else { throw Self.invalid(text, "only http:// URLs are supported") }
        let rest = text.dropFirst("http://".count)
        authority = String(rest.prefix { $0 != "/" })
        let given = String(rest.dropFirst(authority.count))
        let trimmed = given.hasSuffix("/") ? String(given.dropLast()) : given
        path = trimmed.isEmpty ? "/v1" : trimmed
        let (host, port) = Self.split(authority)
        guard let port, !host.isEmpty else { throw Self.invalid(text, "there is no host, or its port is no number") }
        guard let ip = IPAddress(host) ?? Self.resolve(host) else { throw Self.invalid(text, "the host is not found") }
        let everywhere = ["0.0.0.0/0", "::/0"].compactMap { IPRange($0) }
        do { address = try DialPolicy.publicInternet.allowing(everywhere).vet(ip, port: port) } catch {
            throw Self.invalid(text, "\(error)")
        }
    }

    /// `host`, `host:port`, `[v6]:port`.
    private static func split(_ authority: String) -> (host: String, port: UInt16?) {
        if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
            let host = String(authority[authority.index(after: authority.startIndex)..<end])
            let port = authority[authority.index(after: end)...]
            return (host, port.isEmpty ? 80 : UInt16(port.dropFirst()))
        }
        guard let colon = authority.lastIndex(of: ":") else { return (authority, 80) }
        return (String(authority[..<colon]), UInt16(authority[authority.index(after: colon)...]))
    }

    /// The first address of a name. Blocks: it runs at startup only.
    private static func resolve(_ host: String) -> IPAddress? {
        (try? SocketAddress.makeAddressResolvingHost(host, port: 0))?.ipAddress.flatMap { IPAddress($0) }
    }

    private static func invalid(_ url: String, _ why: String) -> NeuronError {
        NeuronError(
            .invalidRequest, source: .gateway, isRetryable: false, "\(NeuronError.quoted(url)): \(why)")
    }
}
