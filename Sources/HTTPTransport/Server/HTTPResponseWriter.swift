public import NIOCore
public import NIOHTTP1

/// Writes the answer to one request. Used by the request's task only, which runs on the connection's loop.
public final class HTTPResponseWriter {
    private let sink: any ResponseSink
    private let requestNumber: Int

    init(_ sink: any ResponseSink, requestNumber: Int = 0) {
        self.sink = sink
        self.requestNumber = requestNumber
    }

    /// Whether a head was given; afterwards the status is settled.
    public var hasStarted: Bool {
        checkLoop()
        return sink.hasStarted(requestNumber)
    }

    /// Gives the whole answer at once; `content-length` is set. Returns when the connection took it.
    ///
    /// - Throws: ``TransportError`` with code `alreadyAnswered` after an earlier start, `connectionClosed` once the
    ///   client left, `invalidMessage` when a header cannot be sent.
    public func respond(
        _ status: HTTPResponseStatus, headers: HTTPHeaders = [:], body: ByteBuffer = ByteBuffer()
    ) async throws {
        checkLoop()
        try sink.giveWhole(status, headers: headers, body: body, for: requestNumber)
    }

    /// Starts a streamed answer; its head travels with the first chunk. With HTTP/1.1 the body is chunked, with
    /// HTTP/1.0 it ends with the connection.
    ///
    /// - Throws: as ``respond(_:headers:body:)``.
    public func start(_ status: HTTPResponseStatus, headers: HTTPHeaders = [:]) throws {
        checkLoop()
        try sink.giveStart(status, headers: headers, for: requestNumber)
    }

    /// Sends `chunk` at once, and suspends while the client reads too slowly. An empty chunk sends the head alone.
    ///
    /// - Throws: ``TransportError`` with code `connectionClosed` once the client left, `writeTimedOut` when it stopped
    ///   reading.
    public func write(_ chunk: ByteBuffer) async throws {
        checkLoop()
        try sink.giveChunk(chunk, for: requestNumber)
        if !sink.isWritable { try await sink.waitUntilWritable() }
    }

    /// Ends a streamed answer cleanly.
    ///
    /// - Parameter trailers: fields behind the body; a client of HTTP/1.0 does not get them.
    /// - Throws: as ``write(_:)``; `invalidMessage` for a trailer that frames, routes, authenticates or describes the
    ///   message (RFC 9110, section 6.5.1).
    public func finish(trailers: HTTPHeaders = [:]) async throws {
        checkLoop()
        try sink.giveEnd(trailers: trailers, for: requestNumber)
    }

    /// The writer is not `Sendable`, so only code that left its request's task can be elsewhere.
    private func checkLoop() {
        sink.loop.preconditionInEventLoop()
    }
}
