/// How a server speaks HTTP/2: by ALPN over TLS, and with prior knowledge without.
///
/// ## Configuration keys (scope `http2`)
/// - `enabled` (bool, default true): false speaks HTTP/1.1 only
/// - `maximum_concurrent_streams` (int, default 100, 1 or more): requests of one connection at a time; further ones are
///   refused
///
/// Those of ``HTTP2FloodLimits`` are in the same scope.
public struct HTTP2ServerConfiguration: Sendable, Equatable {
    public var isEnabled = true
    public var maximumConcurrentStreams = 100
    public var floods = HTTP2FloodLimits()

    public init() {}
}
