import CNGHTTP2

/// The C side of `HTTP2Session`: finds the owner and hands on what it is told.
extension HTTP2Session {
    /// nghttp2 copies them into each session.
    nonisolated(unsafe) static let callbacks: OpaquePointer = {
        var made: OpaquePointer?
        guard nghttp2_session_callbacks_new(&made) == 0, let callbacks = made else { fatalError("no memory left") }
        setInputCallbacks(callbacks)
        setOutputCallbacks(callbacks)
        nghttp2_session_callbacks_set_on_stream_close_callback(callbacks) { _, stream, code, owner in
            HTTP2Session.of(owner)?.streamClosed(stream, code)
            return 0
        }
        nghttp2_session_callbacks_set_error_callback2(callbacks) { _, _, text, count, owner in
            guard let text else { return 0 }
            let bytes = UnsafeRawBufferPointer(start: text, count: min(count, 200))
            HTTP2Session.of(owner)?.complained(String(decoding: bytes, as: UTF8.self))
            return 0
        }
        return callbacks
    }()

    private static func of(_ owner: UnsafeMutableRawPointer?) -> HTTP2Session? {
        owner.map { Unmanaged<HTTP2Session>.fromOpaque($0).takeUnretainedValue() }
    }

    private static func has(_ flag: nghttp2_flag, _ header: nghttp2_frame_hd) -> Bool {
        UInt32(header.flags) & flag.rawValue != 0
    }

    private static func setInputCallbacks(_ callbacks: OpaquePointer) {
        nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks) { _, header, owner in
            guard let header, let session = HTTP2Session.of(owner) else { return 0 }
            return session.frameBegan(header.pointee) ? 0 : NGHTTP2_ERR_CALLBACK_FAILURE.rawValue
        }
        nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks) { _, frame, owner in
            if let frame, UInt32(frame.pointee.hd.type) == NGHTTP2_HEADERS.rawValue {
                HTTP2Session.of(owner)?.blockBegan(frame.pointee.headers)
            }
            return 0
        }
        nghttp2_session_callbacks_set_on_header_callback(callbacks) {
            _, _, name, nameCount, value, valueCount, _, owner in
            HTTP2Session.of(owner)?.fieldReceived(
                UnsafeBufferPointer(start: name, count: nameCount), UnsafeBufferPointer(start: value, count: valueCount)
            )
            return 0
        }
        // Without this one nghttp2 leaves invalid fields out; a message with one is malformed (RFC 9113, section 8.2.1).
        nghttp2_session_callbacks_set_on_invalid_header_callback(callbacks) { _, _, _, _, _, _, _, owner in
            HTTP2Session.of(owner)?.blockFailed()
            return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue
        }
        nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks) { _, _, stream, bytes, count, owner in
            if let bytes { HTTP2Session.of(owner)?.dataReceived(stream, UnsafeRawPointer(bytes), count) }
            return 0
        }
        nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks) { _, frame, owner in
            if let frame, let session = HTTP2Session.of(owner) { HTTP2Session.frameReceived(frame, session) }
            return 0
        }
        nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks) { _, frame, _, owner in
            guard let frame, let session = HTTP2Session.of(owner) else { return 0 }
            if UInt32(frame.pointee.hd.type) == NGHTTP2_HEADERS.rawValue {
                session.blockFailed()
                // A refused stream is unknown at once, before its reset leaves.
                session.streamRefused(frame.pointee.hd.stream_id)
            }
            return 0
        }
    }

    private static func frameReceived(_ frame: UnsafePointer<nghttp2_frame>, _ session: HTTP2Session) {
        let header = frame.pointee.hd
        session.receivedFrames &+= 1
        switch UInt32(header.type) {
        case NGHTTP2_HEADERS.rawValue:
            session.blockEnded(endsStream: has(NGHTTP2_FLAG_END_STREAM, header))
        case NGHTTP2_DATA.rawValue where has(NGHTTP2_FLAG_END_STREAM, header):
            session.record(.inputEnded(stream: header.stream_id))
        case NGHTTP2_RST_STREAM.rawValue:
            session.resetReceived(header.stream_id)
        case NGHTTP2_SETTINGS.rawValue:
            session.record(has(NGHTTP2_FLAG_ACK, header) ? .settingsAcknowledged : .settingsReceived)
        case NGHTTP2_PING.rawValue where has(NGHTTP2_FLAG_ACK, header):
            session.record(.pingAcknowledged)
        case NGHTTP2_GOAWAY.rawValue:
            let goAway = frame.pointee.goaway
            session.record(
                .goAway(lastStream: goAway.last_stream_id, HTTP2ErrorCode(rawValue: goAway.error_code)))
        default:
            break
        }
    }

    private static func setOutputCallbacks(_ callbacks: OpaquePointer) {
        nghttp2_session_callbacks_set_send_data_callback(callbacks) { _, frame, header, count, source, owner in
            guard let frame, let header, let source = source?.pointee.ptr, let session = HTTP2Session.of(owner) else {
                return NGHTTP2_ERR_CALLBACK_FAILURE.rawValue
            }
            let body = Unmanaged<HTTP2OutboundBody>.fromOpaque(source).takeUnretainedValue()
            let isTaken = session.sendData(body, header, count, frame.pointee.hd.stream_id)
            return isTaken ? 0 : NGHTTP2_ERR_WOULDBLOCK.rawValue
        }
        nghttp2_session_callbacks_set_on_frame_send_callback(callbacks) { _, frame, owner in
            guard let frame, let session = HTTP2Session.of(owner) else { return 0 }
            let header = frame.pointee.hd
            switch UInt32(header.type) {
            case NGHTTP2_HEADERS.rawValue, NGHTTP2_DATA.rawValue:
                if HTTP2Session.has(NGHTTP2_FLAG_END_STREAM, header) { session.outputEnded(header.stream_id) }
            case NGHTTP2_RST_STREAM.rawValue:
                // Resets for the peer's faults cost as much as its own ones.
                let code = HTTP2ErrorCode(rawValue: frame.pointee.rst_stream.error_code)
                if code != .noError && code != .internalError && code != .cancel { session.counts.resets += 1 }
                session.streamRefused(header.stream_id)
            default:
                break
            }
            return 0
        }
    }

    /// Asks a body for its next DATA frame.
    static let readBody: nghttp2_data_source_read_callback = { _, stream, _, limit, flags, source, owner in
        guard let flags, let source = source?.pointee.ptr else {
            return Int(NGHTTP2_ERR_CALLBACK_FAILURE.rawValue)
        }
        let body = Unmanaged<HTTP2OutboundBody>.fromOpaque(source).takeUnretainedValue()
        let count = body.offer(limit, &flags.pointee)
        if flags.pointee & NGHTTP2_DATA_FLAG_NO_END_STREAM.rawValue != 0 {
            HTTP2Session.of(owner)?.trailersDue(stream)
        }
        return count
    }
}
