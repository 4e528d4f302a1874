internal import HTTPTransport
internal import JSON
public import NIOCore
public import NIOHTTP1

/// An error as OpenAI's clients read it: a status and the envelope `{"error":{message,type,param,code}}`.
public struct OpenAIError: Error, Sendable {
    public enum Kind: String, Sendable {
        case invalidRequest = "invalid_request_error"
        case requests
        case tokens
        case insufficientQuota = "insufficient_quota"
        case server = "server_error"
    }

    public var status: HTTPResponseStatus
    public var kind: Kind
    public var code: String?
    /// JSON path of the field at fault, such as `messages[0].role`.
    public var param: String?
    public var message: String
    /// `Retry-After` and the like.
    public var headers: HTTPHeaders

    public init(
        _ status: HTTPResponseStatus, _ kind: Kind, code: String?, param: String? = nil, _ message: String,
        headers: HTTPHeaders = [:]
    ) {
        self.status = status
        self.kind = kind
        self.code = code
        self.param = param
        self.message = message
        self.headers = headers
    }

    /// A field that is missing, of the wrong type, or out of range.
    static func invalid(_ param: String, code: String, _ message: String) -> OpenAIError {
        OpenAIError(.badRequest, .invalidRequest, code: code, param: param, message)
    }

    public var body: ByteBuffer {
        var writer = JSONWriter(capacity: message.utf8.count + 128)
        write(to: &writer)
        return writer.buffer
    }

    /// The envelope, for a body of its own or an event of a stream.
    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.name("error")
        writer.beginObject()
        writer.member("message", message)
        writer.member("type", kind.rawValue)
        writer.member("param", optional: param)
        writer.member("code", optional: code)
        writer.endObject()
        writer.endObject()
    }
}
