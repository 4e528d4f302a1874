public import NIOCore
public import NIOHTTP1

/// Writes the answer to one request. Used by the request's task only, which runs on the connection's loop.
public final class HTTPResponseWriter {
    private let sink: any ResponseSink
    private let requestNumber: Int
    private let compression: ResponseCompression?
    private var recording: HTTPRecording?
    /// Of a streamed answer that is compressed.
    private var encoder: ContentEncoder?

    init(_ sink: any ResponseSink, requestNumber: Int = 0, compression: ResponseCompression? = nil) {
        self.sink = sink
        self.requestNumber = requestNumber
        self.compression = compression
    }

    /// Whether a head was given; afterwards the status is settled.
    public var hasStarted: Bool {
        checkLoop()
        return sink.hasStarted(requestNumber)
    }

    /// Whether the client is still there to be answered. A task can be cancelled although it is: when the server ends.
    public var isConnected: Bool {
        checkLoop()
        return sink.isConnected(requestNumber)
    }

    /// Keeps a copy of what is given from now on, before it is compressed.
    ///
    /// - Parameter maximumBytes: of the body; of a longer one nothing is kept.
    public func record(upTo maximumBytes: Int) {
        checkLoop()
        recording = HTTPRecording(maximumBytes: maximumBytes)
    }

    /// What was given since ``record(upTo:)``; nil when nobody asked, or the answer has no end yet.
    public var recorded: HTTPRecording? {
        checkLoop()
        return recording.flatMap { $0.isComplete ? $0 : nil }
    }

    /// Gives the whole answer at once, compressed if the client takes it and the body gains; `content-length` is set.
    /// Returns when the connection took it.
    ///
    /// - Throws: ``TransportError`` with code `alreadyAnswered` after an earlier start, `connectionClosed` once the
    ///   client left, `invalidMessage` when a header cannot be sent.
    public func respond(
        _ status: HTTPResponseStatus, headers: HTTPHeaders = [:], body: ByteBuffer = ByteBuffer()
    ) async throws {
        checkLoop()
        var sent = (headers: headers, body: body)
        if let compression, body.readableBytes >= compression.minimumBytes {
            sent.body = await compression.compress(body, status: status, headers: &sent.headers) ?? body
        }
        try sink.giveWhole(status, headers: sent.headers, body: sent.body, for: requestNumber)
        recording?.whole(status, headers, body)
    }

    /// Starts a streamed answer; its head travels with the first chunk. With HTTP/1.1 the body is chunked, with
    /// HTTP/1.0 it ends with the connection.
    ///
    /// - Throws: as ``respond(_:headers:body:)``.
    public func start(_ status: HTTPResponseStatus, headers: HTTPHeaders = [:]) throws {
        checkLoop()
        recording?.start(status, headers)
        var headers = headers
        let encoder = compression?.encoder(status: status, headers: &headers)
        try sink.giveStart(status, headers: headers, for: requestNumber)
        self.encoder = encoder
    }

    /// Sends `chunk` at once, and suspends while the client reads too slowly. An empty chunk sends the head alone.
    ///
    /// - Throws: ``TransportError`` with code `connectionClosed` once the client left, `writeTimedOut` when it stopped
    ///   reading.
    public func write(_ chunk: ByteBuffer) async throws {
        checkLoop()
        recording?.add(chunk)
        let isEncoded = encoder != nil && chunk.readableBytes > 0
        try sink.giveChunk(isEncoded ? encode(chunk) : chunk, for: requestNumber)
        if !sink.isWritable { try await sink.waitUntilWritable() }
    }

    /// Ends a streamed answer cleanly.
    ///
    /// - Parameter trailers: fields behind the body; a client of HTTP/1.0 does not get them.
    /// - Throws: as ``write(_:)``; `invalidMessage` for a trailer that frames, routes, authenticates or describes the
    ///   message (RFC 9110, section 6.5.1).
    public func finish(trailers: HTTPHeaders = [:]) async throws {
        checkLoop()
        if let encoder {
            let last = try Self.result { () throws(ContentCodingFault) in try encoder.finish() }
            try sink.giveChunk(last, for: requestNumber)
            compression?.pool.give(encoder)
            self.encoder = nil
        }
        try sink.giveEnd(trailers: trailers, for: requestNumber)
        recording?.end()
    }

    /// All of what is written reaches the client at once, compressed or not.
    private func encode(_ chunk: ByteBuffer) throws(TransportError) -> ByteBuffer {
        guard let encoder else { return chunk }
        return try Self.result { () throws(ContentCodingFault) in try encoder.flush(chunk) }
    }

    private static func result(
        _ body: () throws(ContentCodingFault) -> ByteBuffer
    ) throws(TransportError) -> ByteBuffer {
        do throws(ContentCodingFault) { return try body() } catch { throw error.error(.gateway) }
    }

    /// The writer is not `Sendable`, so only code that left its request's task can be elsewhere.
    private func checkLoop() {
        sink.loop.preconditionInEventLoop()
    }
}
