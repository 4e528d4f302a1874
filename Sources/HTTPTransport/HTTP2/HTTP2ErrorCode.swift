import CNGHTTP2

/// Why a stream or a connection ends.
///
/// - Source: RFC 9113, section 7.
struct HTTP2ErrorCode: Hashable, Sendable, CustomStringConvertible {
    let rawValue: UInt32

    init(rawValue: UInt32) { self.rawValue = rawValue }

    private init(_ code: nghttp2_error_code) { rawValue = code.rawValue }

    static let noError = Self(NGHTTP2_NO_ERROR)
    static let protocolError = Self(NGHTTP2_PROTOCOL_ERROR)
    static let internalError = Self(NGHTTP2_INTERNAL_ERROR)
    static let flowControlError = Self(NGHTTP2_FLOW_CONTROL_ERROR)
    static let streamClosed = Self(NGHTTP2_STREAM_CLOSED)
    static let refusedStream = Self(NGHTTP2_REFUSED_STREAM)
    static let cancel = Self(NGHTTP2_CANCEL)
    static let compressionError = Self(NGHTTP2_COMPRESSION_ERROR)
    static let enhanceYourCalm = Self(NGHTTP2_ENHANCE_YOUR_CALM)
    static let http11Required = Self(NGHTTP2_HTTP_1_1_REQUIRED)

    /// The RFC's name for the code, for example `PROTOCOL_ERROR`.
    var description: String {
        nghttp2_http2_strerror(rawValue).map { String(cString: $0) } ?? "\(rawValue)"
    }
}
