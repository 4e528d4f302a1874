internal import HTTPTransport
internal import JSON
internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import Signing

/// Serves the dialect `dendrite`, in the SDK's order: headers, blacklist, signature and nonce, body hash, model.
///
/// - Source: bittensor 10.5.0, `axon.py`, `AxonMiddleware`.
struct SynapseEndpoint: Sendable {
    private let identity: AxonIdentity
    private let verifier: DendriteVerifier
    private let model: any MinerModel
    private let blacklist: Axon.Blacklist
    private let logger: Logger

    init(
        identity: AxonIdentity, model: any MinerModel, blacklist: @escaping Axon.Blacklist, logger: Logger
    ) {
        self.identity = identity
        self.model = model
        self.blacklist = blacklist
        self.logger = logger
        verifier = DendriteVerifier(ownAddress: identity.address)
    }

    func respond(to request: HTTPRequest, as shape: SynapseShape, writer: HTTPResponseWriter) async throws {
        let call = DendriteCall(request.headers, of: shape)
        do {
            guard let call else { throw internalError("The headers make no \(shape.rawValue)") }
            if let reason = call.account.flatMap(blacklist) { throw AxonRejection.blacklisted(reason) }
            try verifier.verify(call)
            let body = try checkedBody(of: request, call)
            switch shape {
            case .chat: try await chat(body, call, request, writer)
            case .chatStream: try await stream(body, call, request, writer)
            case .embedding: try await embed(body, call, request, writer)
            }
        } catch let rejection as AxonRejection {
            try await reject(rejection, call, startedAt: request.receivedAt, writer: writer)
        } catch let error as NeuronError where !writer.hasStarted {
            try await reject(internalError(error.message), call, startedAt: request.receivedAt, writer: writer)
        }
    }

    func reject(
        _ rejection: AxonRejection, _ call: DendriteCall?, startedAt: ContinuousClock.Instant,
        writer: HTTPResponseWriter
    ) async throws {
        logger.debug(
            "Call refused",
            metadata: [
                "request.status": "\(rejection.status)", "error.cause": "\(rejection.message)",
                "miner.caller": "\(call?.hotkeyText ?? "unknown")",
            ])
        let head = SynapseHead(identity: identity, call: call, startedAt: startedAt)
        var body = JSONWriter()
        body.beginObject()
        body.member("message", rejection.message)
        body.endObject()
        try await writer.respond(
            HTTPResponseStatus(statusCode: rejection.status), headers: head.headers(refusing: rejection),
            body: body.buffer)
    }

    /// The body as an object whose hashed field is the one that was signed.
    private func checkedBody(of request: HTTPRequest, _ call: DendriteCall) throws(AxonRejection) -> JSONElement {
        guard let body = try? JSONDocument(parsing: request.body).root,
            let value = body[call.synapse.requiredField], call.synapse.accepts(value)
        else { throw internalError("The body is no \(call.synapse.rawValue)") }
        guard BodyHash.hex(of: [value]) == call.bodyHash else {
            throw internalError("The body does not have the hash that was signed")
        }
        return body
    }

    private func internalError(_ cause: String) -> AxonRejection {
        let id = AxonIdentity.randomID()
        logger.debug("Call failed", metadata: ["error.id": "\(id)", "error.cause": "\(cause)"])
        return .internalError(id)
    }

    private func chat(
        _ body: JSONElement, _ call: DendriteCall, _ request: HTTPRequest, _ writer: HTTPResponseWriter
    ) async throws {
        var text = ""
        let ending = try await model.complete(ModelPrompt(body)) { text += $0 }
        let head = SynapseHead(identity: identity, call: call, startedAt: request.receivedAt)
        var answer = head.beginBody(repeating: body, from: request)
        answer.member("completion", text)
        answer.member("finish_reason", ending.reason.rawValue)
        answer.endObject()
        try await writer.respond(.ok, headers: head.headersOfSuccess(), body: answer.buffer)
    }

    /// Raw UTF-8 text. The head waits for the first piece, so that a model that fails at once still gives a status.
    private func stream(
        _ body: JSONElement, _ call: DendriteCall, _ request: HTTPRequest, _ writer: HTTPResponseWriter
    ) async throws {
        let head = SynapseHead(identity: identity, call: call, startedAt: request.receivedAt)
        var hasStarted = false
        _ = try await model.complete(ModelPrompt(body)) { piece in
            if !hasStarted {
                hasStarted = true
                try writer.start(.ok, headers: head.headersOfSuccess(contentType: "text/event-stream"))
            }
            try await writer.write(ByteBuffer(string: piece))
        }
        if !hasStarted { try writer.start(.ok, headers: head.headersOfSuccess(contentType: "text/event-stream")) }
        try await writer.finish()
    }

    private func embed(
        _ body: JSONElement, _ call: DendriteCall, _ request: HTTPRequest, _ writer: HTTPResponseWriter
    ) async throws {
        let input = try OpenAIEndpoint.inputs(in: body)
        let dimensions = try ModelPrompt.member("dimensions", of: body, as: \.int)
        let vectors = try await model.embed(input, dimensions: dimensions)
        let head = SynapseHead(identity: identity, call: call, startedAt: request.receivedAt)
        var answer = head.beginBody(repeating: body, from: request)
        answer.name("embeddings")
        answer.beginArray()
        for vector in vectors { answer.vector(vector) }
        answer.endArray()
        answer.endObject()
        try await writer.respond(.ok, headers: head.headersOfSuccess(), body: answer.buffer)
    }
}

extension JSONWriter {
    /// The shortest text of each number that reads back as the same `Float`.
    mutating func vector(_ vector: [Float]) {
        beginArray()
        for number in vector { raw("\(number)") }
        endArray()
    }
}
