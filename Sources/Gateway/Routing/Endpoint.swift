internal import HTTPTransport
internal import NIOHTTP1

/// Which endpoint a request is for.
enum Endpoint: Equatable {
    case chatCompletions
    case embeddings
    /// All models, or one; ids may hold slashes.
    case models(id: String?)
    case health
    case ready

    init(_ request: HTTPRequest) throws(OpenAIError) {
        var path = request.path[...]
        while path.count > 1, path.last == "/" { path.removeLast() }
        let (endpoint, method): (Endpoint, HTTPMethod)
        switch path {
        case "/v1/chat/completions": (endpoint, method) = (.chatCompletions, .POST)
        case "/v1/embeddings": (endpoint, method) = (.embeddings, .POST)
        case "/v1/models": (endpoint, method) = (.models(id: nil), .GET)
        case "/health", "/": (endpoint, method) = (.health, .GET)
        case "/ready": (endpoint, method) = (.ready, .GET)
        default:
            guard path.hasPrefix("/v1/models/"), let id = path.dropFirst(11).removingPercentEncoding else {
                throw Self.unknown(path)
            }
            (endpoint, method) = (.models(id: id), .GET)
        }
        guard request.method == method || (method == .GET && request.method == .HEAD) else {
            throw OpenAIError(
                .methodNotAllowed, .invalidRequest, code: "method_not_allowed",
                "\(request.method.rawValue) is not allowed here; use \(method.rawValue).",
                headers: ["allow": method == .GET ? "GET, HEAD" : method.rawValue])
        }
        if method == .POST { try Self.checkMediaType(request.headers) }
        self = endpoint
    }

    private static func unknown(_ path: Substring) -> OpenAIError {
        let hint =
            path.hasPrefix("/v1/v1/")
            ? " The path has /v1 twice: a client that adds /v1 itself needs a base URL without it." : ""
        return OpenAIError(
            .notFound, .invalidRequest, code: "unknown_url", "There is nothing at \(path.prefix(200)).\(hint)")
    }

    private static func checkMediaType(_ headers: HTTPHeaders) throws(OpenAIError) {
        guard let type = headers.first(name: "content-type")?.lowercased() else { return }
        guard type.hasPrefix("application/json") else {
            throw OpenAIError(
                .unsupportedMediaType, .invalidRequest, code: "unsupported_media_type",
                "Send the body as `Content-Type: application/json`.")
        }
    }
}

extension Substring {
    /// Decodes `%XX`; nil where the result is not UTF-8 or an escape is cut.
    fileprivate var removingPercentEncoding: String? {
        var bytes: [UInt8] = []
        var rest = utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else {
                return nil
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
