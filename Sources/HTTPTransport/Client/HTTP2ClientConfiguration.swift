/// How a client speaks HTTP/2: with servers that choose it by ALPN, and where a target says so.
///
/// ## Configuration keys (scope `http2`)
/// - `enabled` (bool, default true): false speaks HTTP/1.1 only, whatever targets say
/// - `maximum_concurrent_streams` (int, default 100, 1 or more): requests of one connection at a time, or fewer where the
///   server allows no more; then a further connection is opened
///
/// Those of ``HTTP2FloodLimits`` are in the same scope, for what a server sends.
public struct HTTP2ClientConfiguration: Sendable, Equatable {
    public var isEnabled = true
    public var maximumConcurrentStreams = 100
    public var floods = HTTP2FloodLimits()

    public init() {}
}
