import CNGHTTP2
import NIOCore
import NIOHTTP1

/// One HTTP/2 connection's state, either side: the owner of an `nghttp2_session`.
///
/// Bytes of the peer go in by ``receive(_:)``; what happened is in ``takeEvent()`` afterwards. What must be sent comes
/// out of ``takeOutput(limit:)``. nghttp2's callbacks record events and copy bodies to the output, nothing else: no call
/// of nghttp2 is made from within another one. The peer's DATA is let through as fast as its bytes are consumed.
///
/// Used on one event loop. After an error thrown here only ``terminate(_:)`` and ``takeOutput(limit:)`` make sense.
final class HTTP2Session {
    enum Role { case server, client }

    /// What this side allows the peer.
    struct Limits {
        var concurrentStreams = 100
        /// Bytes of a body that the peer may send ahead, per stream and in all.
        var streamWindow = 64 << 10
        var connectionWindow = 1 << 20
        /// Of one block of fields; names, values, and 32 for each.
        var headerBytes = 64 << 10
        var headerCount = 128
    }

    let role: Role
    let limits: Limits
    /// What the peer sent since the owner last looked; the owner sets it back.
    var counts = HTTP2FrameCounts()
    /// Frames that came whole and were not ignored.
    var receivedFrames = 0
    /// DATA frames of this side that have left.
    private(set) var sentDataFrames = 0
    /// nghttp2's complaint about the peer, for logs.
    private(set) var complaint: String?
    /// A block of fields has begun and is not complete.
    var isInHeaderBlock: Bool { block != nil }
    let handle: OpaquePointer
    private var events: [HTTP2Event] = []
    private var nextEvent = 0
    private var block: HTTP2HeaderBlock?
    /// The slice that nghttp2 reads at the moment, and where it is in memory.
    private var input = ByteBuffer()
    private var inputStart: UnsafeRawPointer?
    private var output = ByteBuffer()
    private var outputLimit = 0
    var bodies: [Int32: HTTP2OutboundBody] = [:]
    var dueTrailers: [Int32] = []
    var encoder = HTTP2FieldEncoder()
    /// A client's streams that ended by the peer's reset; whoever takes `closed` takes them out.
    var peerResets: Set<Int32> = []
    private var history = HTTP2StreamHistory()
    /// What a frame that is out of order ends the connection with.
    private var strayCode: HTTP2ErrorCode?
    /// Streams above the last one are ignored from then on, frame by frame.
    var sentGoAway = false

    /// Submits the own SETTINGS at once.
    init(_ role: Role, limits: Limits = Limits()) throws(TransportError) {
        self.role = role
        self.limits = limits
        handle = try Self.make(role)
        nghttp2_session_set_user_data(handle, Unmanaged.passUnretained(self).toOpaque())
        var settings = [
            Self.setting(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, limits.streamWindow),
            Self.setting(NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, limits.headerBytes),
        ]
        switch role {
        case .server: settings.append(Self.setting(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, limits.concurrentStreams))
        case .client: settings.append(Self.setting(NGHTTP2_SETTINGS_ENABLE_PUSH, 0))
        }
        try check(nghttp2_submit_settings(handle, Self.noFlags, settings, settings.count))
        let window = Int32(clamping: limits.connectionWindow)
        try check(nghttp2_session_set_local_window_size(handle, Self.noFlags, 0, window))
    }

    deinit {
        nghttp2_session_del(handle)
    }

    /// Of one block that is sent, with 12 for each field; nghttp2 closes the stream of a larger one.
    static let maximumSentHeaderBytes = 128 << 10
    static let noFlags = UInt8(truncatingIfNeeded: NGHTTP2_FLAG_NONE.rawValue)

    private static func setting(_ id: nghttp2_settings_id, _ value: Int) -> nghttp2_settings_entry {
        nghttp2_settings_entry(settings_id: Int32(truncatingIfNeeded: id.rawValue), value: UInt32(clamping: value))
    }

    private static func make(_ role: Role) throws(TransportError) -> OpaquePointer {
        var options: OpaquePointer?
        guard nghttp2_option_new(&options) == 0, let options else { throw outOfMemory }
        defer { nghttp2_option_del(options) }
        // Windows open as readers consume, which is what holds a fast sender back.
        nghttp2_option_set_no_auto_window_update(options, 1)
        nghttp2_option_set_no_closed_streams(options, 1)
        nghttp2_option_set_max_settings(options, 32)
        // nghttp2 counts a CONTINUATION once for each piece that its header arrives in: eight of them, at worst byte by
        // byte.
        nghttp2_option_set_max_continuations(options, 8 * 9)
        nghttp2_option_set_max_outbound_ack(options, 1_000)
        nghttp2_option_set_max_send_header_block_length(options, maximumSentHeaderBytes)
        nghttp2_option_set_peer_max_concurrent_streams(options, 100)
        nghttp2_option_set_max_reserved_remote_streams(options, 0)
        // The owner's own budgets come first; this is what holds if it had none.
        nghttp2_option_set_stream_reset_rate_limit(options, 10_000, 1_000)
        var handle: OpaquePointer?
        let result =
            switch role {
            case .server: nghttp2_session_server_new2(&handle, callbacks, nil, options)
            case .client: nghttp2_session_client_new2(&handle, callbacks, nil, options)
            }
        guard result == 0, let handle else { throw outOfMemory }
        return handle
    }

    private static let outOfMemory = TransportError(.protocolViolation, .gateway, "no memory for an HTTP/2 session")

    // MARK: Input

    /// Reads one slice of what the peer sent; its events are there afterwards. They are taken before the next slice,
    /// so that their number is bounded by the slice's size.
    ///
    /// - Throws: ``TransportError`` with code `protocolViolation` when the connection cannot go on; a GOAWAY is queued.
    func receive(_ bytes: ByteBuffer) throws(TransportError) {
        input = bytes
        let result = bytes.withUnsafeReadableBytes { bytes in
            inputStart = bytes.baseAddress
            defer { inputStart = nil }
            return nghttp2_session_mem_recv(handle, bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count)
        }
        input = ByteBuffer()
        guard result < 0 else { return }
        let code = Int32(truncatingIfNeeded: result)
        let isFlood =
            code == NGHTTP2_ERR_FLOODED.rawValue || code == NGHTTP2_ERR_TOO_MANY_CONTINUATIONS.rawValue
        terminate(strayCode ?? (isFlood ? .enhanceYourCalm : .protocolError))
        throw error(code)
    }

    /// The next thing that happened; nil when there is none.
    func takeEvent() -> HTTP2Event? {
        guard nextEvent < events.count else {
            if nextEvent > 0 {
                events.removeAll(keepingCapacity: nextEvent <= 256)
                nextEvent = 0
            }
            return nil
        }
        let event = events[nextEvent]
        events[nextEvent] = .settingsAcknowledged
        nextEvent += 1
        return event
    }

    /// Lets the peer send `count` further bytes of body; for a stream that is gone, on the others.
    func consume(_ count: Int, on stream: Int32) {
        guard count > 0 else { return }
        _ = nghttp2_session_consume(handle, stream, count)
    }

    /// Lets the peer send `count` further bytes on a stream whose share of the connection's window was given back before.
    func consumeStream(_ count: Int, on stream: Int32) {
        guard count > 0 else { return }
        _ = nghttp2_session_consume_stream(handle, stream, count)
    }

    /// Lets the peer send `count` further bytes on other streams, but no more on the one that brought them.
    func consumeConnection(_ count: Int) {
        guard count > 0 else { return }
        _ = nghttp2_session_consume_connection(handle, count)
    }

    // MARK: Output

    /// What must be sent now, about `limit` bytes at most: whole frames, and small ones together.
    ///
    /// - Returns: nil when there is nothing, or nothing that the peer's windows allow.
    func takeOutput(limit: Int = 64 << 10) throws(TransportError) -> ByteBuffer? {
        outputLimit = limit
        output.clear()
        while output.readableBytes < limit {
            var bytes: UnsafePointer<UInt8>?
            let count = nghttp2_session_mem_send(handle, &bytes)
            if count < 0 { throw error(Int32(truncatingIfNeeded: count)) }
            if count > 0, let bytes {
                output.writeBytes(UnsafeRawBufferPointer(start: bytes, count: count))
            } else if dueTrailers.isEmpty || output.readableBytes >= limit {
                break
            } else {
                try submitDueTrailers()
            }
        }
        guard output.readableBytes > 0 else { return nil }
        let taken = output
        // A small buffer is used again once its bytes have left; a large one is not kept for an idle connection.
        if output.capacity > 4_096 { output = ByteBuffer() }
        return taken
    }

    /// What nghttp2 ended the connection for.
    var violation: TransportError { error(NGHTTP2_ERR_PROTO.rawValue) }
    /// Whether both sides are done with this connection.
    var isOver: Bool { nghttp2_session_want_read(handle) == 0 && nghttp2_session_want_write(handle) == 0 }
    /// Frames other than DATA that wait to be sent; a peer that reads nothing makes them more.
    var queuedFrames: Int { nghttp2_session_get_outbound_queue_size(handle) }

    /// Whether there is anything to send; the peer's windows may still hold it back.
    var wantsToSend: Bool { nghttp2_session_want_write(handle) != 0 }
    /// Whether a client may open a further stream: neither side said goodbye, and numbers are left.
    var mayOpenStreams: Bool { nghttp2_session_check_request_allowed(handle) != 0 }
    /// How many streams of this side the peer allows at a time: 100 until its SETTINGS come.
    var peerStreamLimit: Int {
        Int(nghttp2_session_get_remote_settings(handle, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS))
    }
    /// The number of the stream that this side opens next.
    private var nextStream: Int64 { Int64(nghttp2_session_get_next_stream_id(handle)) }

    /// Whether the stream is known and neither closed nor reset.
    func isOpen(_ stream: Int32) -> Bool { nghttp2_session_find_stream(handle, stream) != nil }
    /// The last of the peer's streams that was taken up.
    var lastProcessedStream: Int32 { nghttp2_session_get_last_proc_stream_id(handle) }

    func check(_ result: Int32) throws(TransportError) {
        if result < 0 { throw error(result) }
    }

    func error(_ code: Int32) -> TransportError {
        let text = nghttp2_strerror(code).map { String(cString: $0) } ?? "code \(code)"
        return TransportError(
            .protocolViolation, role == .server ? .downstream : .upstream, isRetryable: role == .client,
            "HTTP/2: \(complaint ?? text)")
    }
}

// MARK: - What nghttp2 calls

/// Each runs inside ``HTTP2Session/receive(_:)`` or ``HTTP2Session/takeOutput(limit:)`` and only records.
extension HTTP2Session {
    func record(_ event: HTTP2Event) {
        events.append(event)
    }

    /// - Returns: false for a frame that ends the connection.
    func frameBegan(_ header: nghttp2_frame_hd) -> Bool {
        counts.received(header)
        // The client's streams have odd numbers; nghttp2 refuses others.
        guard !sentGoAway, header.stream_id & 1 == 1 else { return true }
        switch (role, UInt32(header.type)) {
        case (.server, NGHTTP2_HEADERS.rawValue):
            strayCode = history.headersBegan(header.stream_id, isKnown: isOpen(header.stream_id))
        case (.client, NGHTTP2_HEADERS.rawValue), (.client, NGHTTP2_DATA.rawValue):
            // nghttp2 knows those that were not opened yet, and ignores those that are over.
            let isOver = header.stream_id < nextStream && !isOpen(header.stream_id)
            strayCode = isOver && !history.wasReset(header.stream_id) ? .streamClosed : nil
        default:
            return true
        }
        if strayCode != nil { complained("a frame on a stream that is over") }
        return strayCode == nil
    }

    /// This side resets a stream, or is about to.
    func streamRefused(_ stream: Int32) {
        history.resetSent(stream)
    }

    func blockBegan(_ frame: nghttp2_headers) {
        let kind: HTTP2HeaderBlock.Kind =
            switch frame.cat {
            case NGHTTP2_HCAT_REQUEST: .request
            case NGHTTP2_HCAT_RESPONSE: .response
            // A final response behind an informational one is told from trailers by its status.
            default: .trailers
            }
        block = HTTP2HeaderBlock(stream: frame.hd.stream_id, kind: kind)
    }

    func fieldReceived(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) {
        guard !name.isEmpty else { return }
        block?.add(name, value, maximumBytes: limits.headerBytes, maximumCount: limits.headerCount)
    }

    func blockEnded(endsStream: Bool) {
        guard var ended = block else { return }
        block = nil
        ended.endsStream = endsStream
        events.append(.headers(ended))
    }

    func blockFailed() {
        block = nil
    }

    func dataReceived(_ stream: Int32, _ bytes: UnsafeRawPointer, _ count: Int) {
        guard let inputStart else { return }
        let offset = input.readerIndex + (bytes - inputStart)
        // Always within the slice: nghttp2 hands on what it was given.
        guard let part = input.getSlice(at: offset, length: count) else { return }
        events.append(.data(stream: stream, part))
    }

    /// - Returns: false when the output is full; nghttp2 tries again later.
    func sendData(_ body: HTTP2OutboundBody, _ header: UnsafePointer<UInt8>, _ count: Int, _ stream: Int32) -> Bool {
        guard output.readableBytes < outputLimit else { return false }
        output.writeBytes(UnsafeRawBufferPointer(start: header, count: 9))
        body.move(count, to: &output)
        sentDataFrames &+= 1
        if body.isAwaited && body.queuedBytes <= HTTP2OutboundBody.lowWater {
            body.isAwaited = false
            events.append(.outputDrained(stream: stream))
        }
        return true
    }

    func trailersDue(_ stream: Int32) {
        dueTrailers.append(stream)
    }

    /// A frame that ends the own side has left.
    func outputEnded(_ stream: Int32) {
        if nghttp2_session_get_stream_remote_close(handle, stream) == 0 {
            events.append(.outputEndedFirst(stream: stream))
        }
    }

    func streamClosed(_ stream: Int32, _ code: UInt32) {
        if block?.stream == stream { block = nil }
        bodies[stream] = nil
        events.append(.closed(stream: stream, HTTP2ErrorCode(rawValue: code)))
    }

    /// The peer resets a stream; its `closed` follows.
    func resetReceived(_ stream: Int32) {
        // A server needs no difference, and nobody would take them out.
        if role == .client, isOpen(stream) { peerResets.insert(stream) }
    }

    func complained(_ text: String) {
        complaint = text
    }
}
