public import NIOCore
public import NIOHTTP1

/// Writes the answer to one request. Used by the request's task only, which runs on the connection's loop.
public final class HTTPResponseWriter {
    private let connection: ServerConnection
    private let requestNumber: Int
    /// The head of a streamed answer, until the first chunk takes it along.
    private var head: ByteBuffer?

    init(_ connection: ServerConnection, requestNumber: Int) {
        self.connection = connection
        self.requestNumber = requestNumber
    }

    /// Whether a head was given; afterwards the status is settled.
    public var hasStarted: Bool {
        checkLoop()
        return connection.hasStarted(requestNumber)
    }

    /// Gives the whole answer at once; `content-length` is set. Returns when the connection took it.
    ///
    /// - Throws: ``TransportError`` with code `alreadyAnswered` after an earlier start, `connectionClosed` once the
    ///   client left, `invalidMessage` when a header cannot be sent.
    public func respond(
        _ status: HTTPResponseStatus, headers: HTTPHeaders = [:], body: ByteBuffer = ByteBuffer()
    ) async throws {
        checkLoop()
        try connection.giveWhole(status, headers: headers, body: body, for: requestNumber)
    }

    /// Starts a streamed answer: chunked, or delimited by closing for HTTP/1.0. The head travels with the first chunk.
    ///
    /// - Throws: as ``respond(_:headers:body:)``.
    public func start(_ status: HTTPResponseStatus, headers: HTTPHeaders = [:]) throws {
        checkLoop()
        head = try connection.giveStart(status, headers: headers, for: requestNumber)
    }

    /// Sends `chunk` at once, and suspends while the client reads too slowly. An empty chunk sends the head alone.
    ///
    /// - Throws: ``TransportError`` with code `connectionClosed` once the client left, `writeTimedOut` when it stopped
    ///   reading.
    public func write(_ chunk: ByteBuffer) async throws {
        checkLoop()
        let head = head
        self.head = nil
        try connection.giveChunk(chunk, head: head, for: requestNumber)
        if !connection.isWritable { try await connection.waitUntilWritable() }
    }

    /// Ends a streamed answer cleanly.
    ///
    /// - Throws: as ``write(_:)``.
    public func finish() async throws {
        checkLoop()
        let head = head
        self.head = nil
        try connection.giveEnd(head: head, for: requestNumber)
    }

    /// The writer is not `Sendable`, so only code that left its request's task can be elsewhere.
    private func checkLoop() {
        connection.server.executor.loop.preconditionInEventLoop()
    }
}
