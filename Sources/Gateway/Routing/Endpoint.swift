internal import HTTPTransport
internal import NIOHTTP1

/// What a route of the public API leads to.
enum Endpoint: Sendable {
    case chatCompletions
    case embeddings
    /// All models.
    case models
    /// The model whose id is the parameter `id`; ids may hold slashes.
    case model
    /// The caller's own key.
    case key
    /// What the caller's key has used.
    case usage
    /// One answered request of the caller's key: the parameter `id`.
    case generation
    /// The same; `id` is in the query.
    case generationByQuery
    case health
    case ready

    /// All routes; those without a slash at the end are in `openapi/thalamus.yaml`.
    static let routes: [HTTPRoute<Endpoint>] =
        [
            HTTPRoute(.POST, "/v1/chat/completions", body: .collect, .chatCompletions),
            HTTPRoute(.POST, "/v1/embeddings", body: .collect, .embeddings),
            HTTPRoute(.GET, "/v1/models", body: .refuse, .models),
            HTTPRoute(.GET, "/v1/models/{id...}", body: .refuse, .model),
            HTTPRoute(.GET, "/v1/key", body: .refuse, .key),
            HTTPRoute(.GET, "/v1/usage", body: .refuse, .usage),
            HTTPRoute(.GET, "/v1/generations/{id}", body: .refuse, .generation),
            HTTPRoute(.GET, "/v1/generation", body: .refuse, .generationByQuery),
            HTTPRoute(.GET, "/health", body: .refuse, .health),
            HTTPRoute(.GET, "/ready", body: .refuse, .ready),
            HTTPRoute(.GET, "/", body: .refuse, .health),
        ]
        // Clients that join a base URL and a path carelessly end with a slash.
        + [
            HTTPRoute(.POST, "/v1/chat/completions/", body: .collect, .chatCompletions),
            HTTPRoute(.POST, "/v1/embeddings/", body: .collect, .embeddings),
            HTTPRoute(.GET, "/v1/models/", body: .refuse, .models),
            HTTPRoute(.GET, "/health/", body: .refuse, .health),
            HTTPRoute(.GET, "/ready/", body: .refuse, .ready),
        ]

    static func table() -> HTTPRouteTable<Endpoint> {
        do throws(HTTPRouteError) {
            return try HTTPRouteTable(routes)
        } catch {
            preconditionFailure("\(error)")
        }
    }
}

extension OpenAIError {
    /// The error for a request that has no route.
    init(_ miss: HTTPRouteMiss, _ request: HTTPRequest) {
        switch miss {
        case .notFound:
            let hint =
                request.path.hasPrefix("/v1/v1/")
                ? " The path has /v1 twice: a client that adds /v1 itself needs a base URL without it." : ""
            self.init(
                .notFound, .invalidRequest, code: "unknown_url",
                "There is nothing at \(request.path.prefix(200)).\(hint)")
        case .methodNotAllowed(let allow), .options(let allow):
            self.init(
                .methodNotAllowed, .invalidRequest, code: "method_not_allowed",
                "\(request.method.rawValue.prefix(50)) is not allowed here; allowed are \(allow).",
                headers: miss.headers)
        case .malformed(let reason):
            self.init(
                .badRequest, .invalidRequest, code: "invalid_url",
                "The path cannot be read: \(reason).")
        }
    }

    /// Refuses bodies that say they are not JSON.
    static func checkMediaType(_ headers: HTTPHeaders) throws(OpenAIError) {
        guard let type = headers.first(name: "content-type")?.lowercased() else { return }
        guard type.hasPrefix("application/json") else {
            throw OpenAIError(
                .unsupportedMediaType, .invalidRequest, code: "unsupported_media_type",
                "Send the body as `Content-Type: application/json`.")
        }
    }
}
