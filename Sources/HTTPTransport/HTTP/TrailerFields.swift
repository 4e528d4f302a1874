import NIOHTTP1

/// Which fields may stand behind a body.
///
/// A trailer must not change how a message is framed, routed, authenticated or understood, for that has been done when
/// it arrives.
///
/// - Source: RFC 9110, section 6.5.1.
enum TrailerFields {
    private static let refused: Set<String> = [
        // Framing and the connection
        "connection", "content-length", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding",
        "upgrade",
        // Routing
        "forwarded", "host", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip",
        // Modifiers of the request
        "cache-control", "expect", "if-match", "if-modified-since", "if-none-match", "if-range", "if-unmodified-since",
        "max-forwards", "pragma", "range",
        // Authentication
        "authorization", "cookie", "proxy-authenticate", "proxy-authorization", "set-cookie", "www-authenticate",
        // Control of the response
        "age", "date", "expires", "location", "retry-after", "vary", "warning",
        // How the content is understood
        "content-encoding", "content-range", "content-type",
    ]

    static func mayBeTrailer(_ name: String) -> Bool {
        !refused.contains(name.lowercased())
    }

    /// What of a peer's trailers may be used.
    static func acceptable(in trailers: HTTPHeaders?) -> HTTPHeaders {
        guard let trailers else { return [:] }
        return HTTPHeaders(trailers.filter { mayBeTrailer($0.name) }.map { ($0.name, $0.value) })
    }
}
