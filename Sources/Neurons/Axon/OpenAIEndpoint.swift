internal import HTTPTransport
internal import JSON
internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import Signing

/// Serves OpenAI's API to callers that sign with `btauth/1`.
struct OpenAIEndpoint: Sendable {
    private let verifier: BTAuthVerifier
    private let model: any MinerModel
    private let blacklist: Axon.Blacklist
    private let logger: Logger

    init(
        identity: AxonIdentity, model: any MinerModel, blacklist: @escaping Axon.Blacklist, logger: Logger
    ) {
        verifier = BTAuthVerifier(ownAddress: identity.address, replays: ReplayStore())
        self.model = model
        self.blacklist = blacklist
        self.logger = logger
    }

    func respond(to request: HTTPRequest, writer: HTTPResponseWriter) async throws {
        do {
            let caller = try verifier.verify(request)
            if let reason = blacklist(caller) {
                return try await refuse(.forbidden, "permission_error", reason, writer)
            }
            switch (request.method, request.path) {
            case (.POST, "/v1/chat/completions"): try await complete(try Self.body(of: request), writer)
            case (.POST, "/v1/embeddings"): try await embed(try Self.body(of: request), writer)
            case (.GET, "/v1/models"): try await listModels(writer)
            default: try await refuse(.notFound, "invalid_request_error", "There is nothing at this path", writer)
            }
        } catch let rejection as BTAuthVerifier.Rejection {
            logger.debug("Request refused", metadata: ["error.cause": "\(rejection.message)"])
            try await refuse(.unauthorized, "authentication_error", rejection.message, writer)
        } catch let error as NeuronError where !writer.hasStarted {
            let isCallers = error.code == .invalidRequest
            logger.debug("Request failed", metadata: ["error.cause": "\(error.message)"])
            try await refuse(
                isCallers ? .badRequest : .internalServerError, isCallers ? "invalid_request_error" : "server_error",
                isCallers ? error.message : "The model failed", writer)
        }
    }

    /// - Returns: the texts of `input`, which is one or a list of them.
    static func inputs(in body: JSONElement) throws(NeuronError) -> [String] {
        let input = body["input"]
        let texts = input?.string.map { [$0] } ?? input?.elements.compactMap(\.string) ?? []
        guard !texts.isEmpty, texts.count == max(input?.count ?? 0, 1) else {
            throw ModelPrompt.invalid("input is neither a text nor a list of texts")
        }
        return texts
    }

    private static func body(of request: HTTPRequest) throws(NeuronError) -> JSONElement {
        do { return try JSONDocument(parsing: request.body).root } catch {
            throw ModelPrompt.invalid("The body is not JSON: \(error)")
        }
    }

    private func complete(_ body: JSONElement, _ writer: HTTPResponseWriter) async throws {
        let prompt = try ModelPrompt(body)
        var format = OpenAIFormat(model: prompt.model.isEmpty ? model.name : prompt.model)
        guard body["stream"]?.bool == true else {
            var text = ""
            let ending = try await model.complete(prompt) { text += $0 }
            return try await writer.respond(
                .ok, headers: ["content-type": "application/json"], body: format.completion(text, ending))
        }
        let includesUsage = body["stream_options"]?["include_usage"]?.bool == true
        let ending = try await model.complete(prompt) { piece in
            if !writer.hasStarted {
                try writer.start(.ok, headers: ["content-type": "text/event-stream", "cache-control": "no-cache"])
            }
            try await writer.write(format.chunk(piece))
        }
        if !writer.hasStarted { try writer.start(.ok, headers: ["content-type": "text/event-stream"]) }
        try await writer.write(format.end(ending, includesUsage: includesUsage))
        try await writer.finish()
    }

    private func embed(_ body: JSONElement, _ writer: HTTPResponseWriter) async throws {
        let inputs = try Self.inputs(in: body)
        let dimensions = try ModelPrompt.member("dimensions", of: body, as: \.int)
        let vectors = try await model.embed(inputs, dimensions: dimensions)
        let format = OpenAIFormat(model: try ModelPrompt.member("model", of: body, as: \.string) ?? model.name)
        let tokens = inputs.reduce(0) { $0 + SampleModel.pieces(of: $1).count }
        try await writer.respond(
            .ok, headers: ["content-type": "application/json"], body: format.embeddings(vectors, tokens: tokens))
    }

    private func listModels(_ writer: HTTPResponseWriter) async throws {
        try await writer.respond(
            .ok, headers: ["content-type": "application/json"], body: OpenAIFormat(model: model.name).modelList())
    }

    private func refuse(
        _ status: HTTPResponseStatus, _ type: String, _ message: String, _ writer: HTTPResponseWriter
    ) async throws {
        var body = JSONWriter()
        body.beginObject()
        body.name("error")
        body.beginObject()
        body.member("message", message)
        body.member("type", type)
        body.endObject()
        body.endObject()
        try await writer.respond(status, headers: ["content-type": "application/json"], body: body.buffer)
    }
}
