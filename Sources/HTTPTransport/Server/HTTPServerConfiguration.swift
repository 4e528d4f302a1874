public import NIOCore
public import NIOHTTP1

/// Where a server listens and what it accepts.
///
/// ## Configuration keys
/// - `host` (text, IP address or name, default `127.0.0.1`)
/// - `port` (int, default 0, 0...65535): 0 takes a free one
/// - `unix_socket` (path, default none): listens there instead of `host` and `port`; made with mode 0660
/// - `proxy_protocol` (bool, default false): every connection begins with a PROXY header, version 2, which only
///   `trusted_proxies` may send; the forwarded fields are not read then
/// - `backlog` (int, connections, default 1024, 1...65535): not yet accepted
/// - `maximum_connections` (int, default 8192, 1 or more): further ones are closed at once
/// - `maximum_connections_per_address` (int, default 1024, 0 for no limit): further ones are closed at once; of IPv6 a
///   /64 counts as one address, and trusted proxies may have as many as they want
/// - `maximum_memory_in_flight` (int, bytes, default 512 MiB): 16 KiB for every request under way, long heads,
///   bodies, requests that wait behind others, and answers that wait for slow readers; further requests are answered with 503
/// - `maximum_body_bytes` (int, bytes, default 4 MiB): above it 413
/// - `maximum_header_bytes` (int, bytes, default 64 KiB): target, names and values together; above it 431
/// - `maximum_header_count` (int, fields, default 128): above it 431
/// - `maximum_target_bytes` (int, bytes, default 8 KiB): above it 414
/// - `header_timeout` (duration, default 10 s): from the first byte of a request, or the accept, to the head's end
/// - `body_timeout` (duration, default 60 s): from the head's end to the body's end
/// - `minimum_data_rate` (int, bytes per second, default 240, 0 for none): a client that sends a body more slowly, over
///   all the time that it is waited for, is answered with 408; one that takes in an answer more slowly is cut off after
///   `write_timeout`
/// - `data_rate_grace` (duration, default 10 s): from when on the rate counts
/// - `idle_timeout` (duration, default 75 s): a kept-alive connection without a request
/// - `write_timeout` (duration, default 60 s): a client that takes in nothing for so long is cut off
/// - `compression` (bool, default true): answers of text or JSON are compressed for clients that accept it; event
///   streams never are
/// - `minimum_compressed_bytes` (int, bytes, default 1024): smaller ones go out as they are
/// - `maximum_web_socket_message_bytes` (int, bytes, default 16 MiB)
///
/// Those of ``TrustedProxies`` are beside these, those of ``HTTP2ServerConfiguration`` and ``TLSServerConfiguration`` in
/// scopes of their own.
public struct HTTPServerConfiguration: Sendable {
    public var host = "127.0.0.1"
    public var port = 0
    public var unixSocket: String?
    public var usesProxyProtocol = false
    public var trustedProxies = TrustedProxies()
    public var backlog = 1_024
    public var maximumConnections = 8_192
    public var maximumConnectionsPerAddress = 1_024
    public var maximumMemoryInFlight = 512 << 20
    public var maximumBodyBytes = 4 * 1_024 * 1_024
    public var maximumHeaderBytes = 64 * 1_024
    public var maximumHeaderCount = 128
    public var maximumTargetBytes = 8 * 1_024
    public var headerTimeout: Duration = .seconds(10)
    public var bodyTimeout: Duration = .seconds(60)
    public var minimumDataRate = 240
    public var dataRateGrace: Duration = .seconds(10)
    public var idleTimeout: Duration = .seconds(75)
    public var writeTimeout: Duration = .seconds(60)
    public var compresses = true
    public var minimumCompressedBytes = 1_024
    public var maximumWebSocketMessageBytes = 16 * 1_024 * 1_024

    /// HTTP/2, beside HTTP/1.1 on the same port.
    public var http2 = HTTP2ServerConfiguration()

    /// Serves TLS only, by this certificate; plain HTTP when nil. `headerTimeout` also bounds the TLS handshake.
    public var tls: ServerCertificate?

    /// Headers and body of an answer which the server gives by itself: 400, 408, 413, 414, 415, 417,
    /// 431, 500, 501, 503.
    public var errorBody: @Sendable (HTTPResponseStatus) -> (HTTPHeaders, ByteBuffer) = { status in
        (["content-type": "text/plain; charset=utf-8"], ByteBuffer(string: "\(status.code) \(status.reasonPhrase)\n"))
    }

    public init() {}

    /// What a client takes in at least within the write timeout while there is as much.
    var leastWrittenBytes: Int {
        let seconds = Int(clamping: writeTimeout.components.seconds)
        let (bytes, isOverflow) = seconds.multipliedReportingOverflow(by: minimumDataRate)
        return isOverflow ? .max : max(1, bytes)
    }

    /// The answer that the server gives by itself.
    ///
    /// - Source: RFC 9110, section 15.5.16: 415 names the codings that are understood.
    func errorAnswer(_ status: HTTPResponseStatus) -> (HTTPHeaders, ByteBuffer) {
        var (headers, body) = errorBody(status)
        if status == .unsupportedMediaType {
            headers.replaceOrAdd(name: "accept-encoding", value: ContentCoding.acceptable)
        }
        if status == .serviceUnavailable { headers.replaceOrAdd(name: "retry-after", value: "1") }
        return (headers, body)
    }
}
