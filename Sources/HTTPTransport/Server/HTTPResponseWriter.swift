public import NIOCore
public import NIOHTTP1

/// Writes the answer to one request. Used by the request's task only.
public final class HTTPResponseWriter {
    init() {}

    /// Whether a head was given to the connection; afterwards the status is settled.
    public var hasStarted: Bool { fatalError("not yet") }

    /// Gives the whole answer at once; `content-length` is set. Returns when the connection took it.
    ///
    /// - Throws: ``TransportError`` with code `alreadyAnswered` after an earlier start, `connectionClosed` once the
    ///   client left, `invalidRequest` when a header cannot be sent.
    public func respond(_ status: HTTPResponseStatus, headers: HTTPHeaders = [:], body: ByteBuffer) async throws {
        fatalError("not yet")
    }

    /// Starts a streamed answer: chunked, or delimited by closing for HTTP/1.0. The head travels with the first chunk.
    public func start(_ status: HTTPResponseStatus, headers: HTTPHeaders) throws {
        fatalError("not yet")
    }

    /// Sends `chunk` at once and suspends while the client reads too slowly.
    ///
    /// - Throws: ``TransportError`` with code `connectionClosed` once the client left.
    public func write(_ chunk: ByteBuffer) async throws {
        fatalError("not yet")
    }

    /// Ends a streamed answer cleanly.
    public func finish() async throws {
        fatalError("not yet")
    }
}
