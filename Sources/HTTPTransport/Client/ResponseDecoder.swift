import NIOCore
import NIOHTTP1

/// NIO's response decoder with a count of the bytes that go into it.
///
/// Used on the connection's event loop.
final class ResponseDecoder: ByteToMessageDecoder {
    typealias InboundOut = HTTPClientResponsePart

    private let decoder: HTTPResponseDecoder
    /// Bytes that the decoder left in the buffer, which were counted before.
    private var keptBytes = 0
    /// What heads before a body may have: field names and values, with room for all else.
    private let maximumHeadBytes: Int
    private(set) var framing = ResponseFraming()

    init(maximumHeaderBytes: Int, maximumHeaderCount: Int) {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = maximumHeaderBytes
        limits.maxHeaderListSize = maximumHeaderBytes
        limits.maxHeaderFieldCount = maximumHeaderCount
        maximumHeadBytes = maximumHeaderBytes + 16 * 1_024
        decoder = HTTPResponseDecoder(
            leftOverBytesStrategy: .forwardBytes, informationalResponseStrategy: .forward, limitConfiguration: limits)
    }

    /// A request goes out; the response to HEAD, for one, has no body.
    func requestSent(_ method: HTTPMethod) {
        framing = ResponseFraming()
        decoder.write(data: .head(HTTPRequestHead(version: .http1_1, method: method, uri: "/")))
    }

    func headReceived(hasBody: Bool, contentLength: Int?) {
        framing.headReceived(hasBody: hasBody, contentLength: contentLength)
    }

    func bodyReceived(_ count: Int) {
        framing.bodyReceived(count)
    }

    func decoderAdded(context: ChannelHandlerContext) {
        decoder.decoderAdded(context: context)
    }

    func decoderRemoved(context: ChannelHandlerContext) {
        decoder.decoderRemoved(context: context)
    }

    func decode(context: ChannelHandlerContext, buffer: inout ByteBuffer) throws -> DecodingState {
        count(buffer)
        defer { keptBytes = buffer.readableBytes }
        let state = try decoder.decode(context: context, buffer: &buffer)
        if framing.isExcessive(maximumHeadBytes: maximumHeadBytes) { throw HTTPParserError.headerOverflow }
        return state
    }

    func decodeLast(context: ChannelHandlerContext, buffer: inout ByteBuffer, seenEOF: Bool) throws -> DecodingState {
        count(buffer)
        defer { keptBytes = buffer.readableBytes }
        return try decoder.decodeLast(context: context, buffer: &buffer, seenEOF: seenEOF)
    }

    private func count(_ buffer: ByteBuffer) {
        let new = buffer.readableBytes - keptBytes
        guard new > 0 else { return }
        buffer.withUnsafeReadableBytes { framing.received(UnsafeRawBufferPointer(rebasing: $0.suffix(new))) }
    }
}
