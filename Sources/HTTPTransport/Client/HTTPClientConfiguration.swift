/// Bounds of a client's connections and of what it accepts from the far side.
///
/// ## Configuration keys
/// - the keys of ``HTTPTimeouts``
/// - `idle_timeout` (duration, default 30 s): an unused pooled connection is closed after this
/// - `maximum_idle_connections` (int, default 64): kept per target and event loop
/// - `maximum_connections` (int, default 256): per target and event loop; further requests wait until their deadline
/// - `maximum_header_bytes` (int, bytes, default 64 KiB): names and values of one response head together
/// - `maximum_header_count` (int, fields, default 128)
/// - `maximum_informational_responses` (int, default 8): 1xx heads before the real one
/// - `maximum_buffered_bytes` (int, bytes, default 64 KiB): received ahead of the reader; then reading pauses.
///   Over HTTP/2 it is each stream's window, and one connection's streams are read independently
/// - `maximum_decompressed_bytes` (int, bytes, default 64 MiB): of a body that was asked for compressed
/// - scope `http2`: the keys of ``HTTP2ClientConfiguration``
public struct HTTPClientConfiguration: Sendable {
    public var timeouts = HTTPTimeouts()
    public var idleTimeout: Duration = .seconds(30)
    public var maximumIdleConnections = 64
    public var maximumConnections = 256
    public var maximumHeaderBytes = 64 * 1_024
    public var maximumHeaderCount = 128
    public var maximumInformationalResponses = 8
    public var maximumBufferedBytes = 64 * 1_024
    public var maximumDecompressedBytes = 64 << 20
    public var http2 = HTTP2ClientConfiguration()

    public init() {}
}
