import CNGHTTP2
import NIOHTTP1

/// What the owner asks to be sent. It leaves with ``HTTP2Session/takeOutput(limit:)``.
extension HTTP2Session {
    /// The head of a message that this side sends.
    struct OutboundHead {
        var headers: HTTPHeaders
        /// The body's whole size when it is known.
        var contentLength: Int?
        /// A response's date.
        var date: String?
    }

    /// Answers a stream.
    ///
    /// - Parameter body: nil ends the stream with the head.
    /// - Throws: ``TransportError`` with code `invalidMessage` when a field cannot be sent; nothing is submitted then.
    func submitResponse(
        _ status: Int, _ head: OutboundHead, body: HTTP2OutboundBody?, on stream: Int32
    ) throws(TransportError) {
        encoder.reset()
        encoder.add(":status", status == 200 ? "200" : String(status))
        try encode(head, isResponse: true)
        if let body { bodies[stream] = body }
        let result = withProvider(body) { provider in
            encoder.withFields { nghttp2_submit_response(handle, stream, $0, $1, provider) }
        }
        if result < 0 {
            bodies[stream] = nil
            throw error(result)
        }
    }

    /// Sends an informational response such as 100 before the answer.
    func submitInformational(_ status: Int, on stream: Int32) throws(TransportError) {
        encoder.reset()
        encoder.add(":status", String(status))
        let result = encoder.withFields { nghttp2_submit_headers(handle, Self.noFlags, stream, nil, $0, $1, nil) }
        try check(result)
    }

    /// Opens a stream with a request.
    ///
    /// - Parameter body: nil ends the stream with the head.
    /// - Returns: the stream's number.
    /// - Throws: as ``submitResponse(_:_:body:on:)``.
    func submitRequest(
        method: HTTPMethod, scheme: String, authority: String, path: String, _ head: OutboundHead,
        body: HTTP2OutboundBody?
    ) throws(TransportError) -> Int32 {
        guard HTTPSyntax.isToken(method.rawValue.utf8), HTTPSyntax.isTarget(path.utf8),
            HTTPSyntax.isTarget(authority.utf8), HTTPSyntax.isToken(scheme.utf8)
        else { throw TransportError(.invalidMessage, .gateway, "not the method, path or host of a request") }
        encoder.reset()
        encoder.add(":method", method.rawValue)
        encoder.add(":scheme", scheme)
        encoder.add(":authority", authority)
        encoder.add(":path", path)
        try encode(head, isResponse: false)
        guard encoder.bound <= Self.maximumSentHeaderBytes else {
            throw TransportError(.invalidMessage, .gateway, "the request's head is too large for HTTP/2")
        }
        let stream = withProvider(body) { provider in
            encoder.withFields { nghttp2_submit_request(handle, nil, $0, $1, provider, nil) }
        }
        if stream < 0 { throw error(stream) }
        if let body { bodies[stream] = body }
        return stream
    }

    private func encode(_ head: OutboundHead, isResponse: Bool) throws(TransportError) {
        try encoder.add(head.headers, isResponse: isResponse)
        if let date = head.date { encoder.add("date", date) }
        if let length = head.contentLength { encoder.add("content-length", String(length)) }
    }

    private func withProvider(
        _ body: HTTP2OutboundBody?, _ submit: (UnsafePointer<nghttp2_data_provider>?) -> Int32
    ) -> Int32 {
        guard let body else { return submit(nil) }
        // Kept alive by `bodies` until the stream's end is taken as an event.
        var provider = nghttp2_data_provider()
        provider.source.ptr = Unmanaged.passUnretained(body).toOpaque()
        provider.read_callback = Self.readBody
        return withUnsafePointer(to: provider) { submit($0) }
    }

    /// Sends what was added to a stream's body, or its end.
    func resume(_ body: HTTP2OutboundBody, on stream: Int32) {
        guard body.isDeferred else { return }
        body.isDeferred = false
        _ = nghttp2_session_resume_data(handle, stream)
    }

    /// Checks that `trailers` can be sent.
    ///
    /// - Throws: ``TransportError`` with code `invalidMessage`.
    func check(trailers: HTTPHeaders) throws(TransportError) {
        encoder.reset()
        try encoder.add(trailers, isResponse: true)
    }

    func submitDueTrailers() throws(TransportError) {
        while let stream = dueTrailers.popLast() {
            guard let trailers = bodies[stream]?.trailers else { continue }
            encoder.reset()
            try? encoder.add(trailers, isResponse: role == .server)
            let result = encoder.withFields { nghttp2_submit_trailer(handle, stream, $0, $1) }
            if nghttp2_is_fatal(result) != 0 { throw error(result) }
        }
    }

    /// Ends a stream at once, in both directions.
    func reset(_ stream: Int32, _ code: HTTP2ErrorCode) {
        _ = nghttp2_submit_rst_stream(handle, Self.noFlags, stream, code.rawValue)
    }

    /// Asks the peer for a sign of life: `pingAcknowledged`.
    func submitPing() {
        _ = nghttp2_submit_ping(handle, Self.noFlags, nil)
    }

    /// Says that no new streams should come, while those on their way are still taken (a server's first GOAWAY).
    func submitShutdownNotice() {
        _ = nghttp2_submit_shutdown_notice(handle)
    }

    /// Takes no streams above the last one that was processed; those that run go on.
    func submitGoAway(_ code: HTTP2ErrorCode = .noError) {
        sentGoAway = true
        _ = nghttp2_submit_goaway(handle, Self.noFlags, lastProcessedStream, code.rawValue, nil, 0)
    }

    /// Ends the connection with a GOAWAY; streams are not served further.
    func terminate(_ code: HTTP2ErrorCode) {
        _ = nghttp2_session_terminate_session(handle, code.rawValue)
    }
}
