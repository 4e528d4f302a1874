/// An HTTP/1.1 client for vetted addresses.
///
/// Connections are kept alive and pooled per event loop and address. It follows no redirect, keeps no cookie, decodes no
/// content encoding, and bounds the bytes, fields and time of every response.
public final class HTTPClient: Sendable {
    public init(configuration: HTTPClientConfiguration = HTTPClientConfiguration(), on loops: EventLoops) {
    }

    /// Sends one request and lends its response to `body`.
    ///
    /// The exchange runs on the caller's loop when it is on one of the client's. A clean end of the response returns the
    /// connection to the pool; leaving `body` earlier, an error and cancellation close it. When a reused connection turns
    /// out to be closed by the peer before any byte of a response, the request is sent once more on a fresh one, made
    /// anew by `makeRequest`.
    ///
    /// - Parameters:
    ///   - deadline: for the whole exchange, connecting and `body` included.
    ///   - makeRequest: makes the request for the connection it will be sent on.
    /// - Throws: ``TransportError``, or what `makeRequest` and `body` throw.
    public func withResponse<R>(
        from address: VettedAddress, deadline: ContinuousClock.Instant,
        makeRequest: (ConnectionInfo) throws -> HTTPClientRequest,
        _ body: (inout HTTPClientResponse) async throws -> R
    ) async throws -> R {
        fatalError("not yet")
    }

    /// Closes every connection; exchanges in flight fail with code `connectionClosed`.
    public func shutDown() async {
    }
}
