import NIOCore
import NIOHTTP1

/// The bytes of a server's answers.
enum ResponseEncoding {
    /// Bodies up to this many bytes are copied behind the head, so that one write sends both.
    static let copyLimit = 16 * 1_024

    struct Head {
        var status: HTTPResponseStatus
        var headers: HTTPHeaders
        var framing: AnswerState.Framing
        var isOldVersion: Bool
        var isKeepAlive: Bool
        var date: String
    }

    /// Writes a head. Fields that describe the framing or the connection are the server's own.
    static func write(_ head: Head, to buffer: inout ByteBuffer) throws(TransportError) {
        buffer.writeStaticString("HTTP/1.1 ")
        if head.status == .ok {
            buffer.writeStaticString("200 OK\r\n")
        } else {
            let reason = head.status.reasonPhrase
            guard HTTPSyntax.isFieldValue(reason.utf8) else { throw invalid("reason phrase") }
            buffer.writeDecimal(Int(head.status.code))
            buffer.writeStaticString(" ")
            buffer.writeString(reason)
            buffer.writeStaticString("\r\n")
        }
        for (name, value) in head.headers where !isOwn(name) {
            guard buffer.writeField(name, value) else { throw invalid("header field") }
        }
        buffer.writeStaticString("date: ")
        buffer.writeString(head.date)
        switch head.framing {
        case .length(let count):
            buffer.writeStaticString("\r\ncontent-length: ")
            buffer.writeDecimal(count)
        case .chunked:
            buffer.writeStaticString("\r\ntransfer-encoding: chunked")
        case .untilClose, .none:
            break
        }
        if !head.isKeepAlive {
            buffer.writeStaticString("\r\nconnection: close")
        } else if head.isOldVersion {
            buffer.writeStaticString("\r\nconnection: keep-alive")
        }
        buffer.writeStaticString("\r\n\r\n")
    }

    /// Writes the line that precedes a chunk's bytes.
    static func writeChunkSize(_ count: Int, to buffer: inout ByteBuffer) {
        buffer.writeString(String(count, radix: 16))
        buffer.writeStaticString("\r\n")
    }

    /// Writes the end of a chunked body.
    static func writeLastChunk(_ trailers: HTTPHeaders, to buffer: inout ByteBuffer) throws(TransportError) {
        buffer.writeStaticString("0\r\n")
        for (name, value) in trailers {
            guard TrailerFields.mayBeTrailer(name), buffer.writeField(name, value) else { throw invalid("trailer") }
        }
        buffer.writeStaticString("\r\n")
    }

    private static func isOwn(_ name: String) -> Bool {
        switch name.utf8.count {
        case 4: HTTPSyntax.equals(name, lowercase: "date")
        case 10: HTTPSyntax.equals(name, lowercase: "connection") || HTTPSyntax.equals(name, lowercase: "keep-alive")
        case 14: HTTPSyntax.equals(name, lowercase: "content-length")
        case 17: HTTPSyntax.equals(name, lowercase: "transfer-encoding")
        default: false
        }
    }

    private static func invalid(_ what: String) -> TransportError {
        TransportError(.invalidMessage, .gateway, "a \(what) of the answer contains characters it must not")
    }
}
