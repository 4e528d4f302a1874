import NIOCore
import NIOHTTP1

/// The bytes of a client's requests.
enum RequestEncoding {
    /// Bodies up to this many bytes are copied behind the head, so that one write sends both.
    static let copyLimit = 64 * 1_024

    /// Writes a head. `content-length` and `connection` are the client's own; `host` is added when missing.
    static func write(
        _ request: HTTPClientRequest, host: String, to buffer: inout ByteBuffer
    ) throws(TransportError) {
        let method = request.method.rawValue
        guard HTTPSyntax.isToken(method.utf8), HTTPSyntax.isTarget(request.target.utf8) else {
            throw TransportError(.invalidMessage, .gateway, "the request line contains characters it must not")
        }
        buffer.writeString(method)
        buffer.writeStaticString(" ")
        buffer.writeString(request.target)
        buffer.writeStaticString(" HTTP/1.1\r\n")
        var hasHost = false
        var hasAcceptEncoding = false
        for (name, value) in request.headers {
            switch name.utf8.count {
            case 4 where HTTPSyntax.equals(name, lowercase: "host"): hasHost = true
            case 10 where HTTPSyntax.equals(name, lowercase: "connection"): continue
            case 14 where HTTPSyntax.equals(name, lowercase: "content-length"): continue
            case 17 where HTTPSyntax.equals(name, lowercase: "transfer-encoding"): continue
            // The body follows in any case; a server that wants to refuse it answers at once.
            case 6 where HTTPSyntax.equals(name, lowercase: "expect"): continue
            case 15 where HTTPSyntax.equals(name, lowercase: "accept-encoding"): hasAcceptEncoding = true
            default: break
            }
            guard buffer.writeField(name, value) else {
                throw TransportError(.invalidMessage, .gateway, "a header field contains characters it must not")
            }
        }
        if !hasHost {
            buffer.writeStaticString("host: ")
            buffer.writeString(host)
            buffer.writeStaticString("\r\n")
        }
        if request.acceptsCompression && !hasAcceptEncoding {
            buffer.writeStaticString("accept-encoding: ")
            buffer.writeString(ContentCoding.acceptable)
            buffer.writeStaticString("\r\n")
        }
        if let stream = request.stream {
            writeFraming(of: stream, to: &buffer)
        } else if request.body.readableBytes > 0 || request.method.hasBodyByNature {
            buffer.writeStaticString("content-length: ")
            buffer.writeDecimal(request.body.readableBytes)
            buffer.writeStaticString("\r\n")
        }
        buffer.writeStaticString("\r\n")
    }

    private static func writeFraming(of stream: HTTPClientRequest.Stream, to buffer: inout ByteBuffer) {
        if let length = stream.length {
            buffer.writeStaticString("content-length: ")
            buffer.writeDecimal(length)
            buffer.writeStaticString("\r\n")
        } else {
            buffer.writeStaticString("transfer-encoding: chunked\r\n")
        }
    }
}

extension HTTPMethod {
    /// Whether servers expect a length even when the body is empty.
    var hasBodyByNature: Bool {
        switch self {
        case .POST, .PUT, .PATCH: true
        default: false
        }
    }
}
