public import HTTPTransport
internal import JSON
public import Logging
public import Metering
internal import NIOCore
internal import NIOHTTP1
public import Subnets

/// The public API: finds the endpoint for a request, and turns whatever it throws into OpenAI's envelope.
public final class Gateway: HTTPResponder {
    private let routes = Endpoint.table()
    private let chat: ChatCompletionEndpoint
    private let embeddings: EmbeddingEndpoint
    private let models: ModelsEndpoint
    private let account: AccountEndpoint
    private let named: IdempotentRequests
    private let readiness: Readiness
    private let logger: Logger

    public init(
        ledger: Ledger, router: ModelRouter, selector: MinerSelector, dispatcher: Dispatcher, readiness: Readiness,
        logger: Logger
    ) {
        let steps = RequestSteps(
            authenticator: Authenticator(ledger: ledger), router: router, admission: AdmissionControl(ledger: ledger),
            selector: selector, dispatcher: dispatcher)
        chat = ChatCompletionEndpoint(steps: steps)
        embeddings = EmbeddingEndpoint(steps: steps)
        account = AccountEndpoint(ledger: ledger, authenticator: steps.authenticator)
        named = IdempotentRequests(ledger: ledger, authenticator: steps.authenticator)
        models = ModelsEndpoint(authenticator: steps.authenticator, catalogue: router.catalogue)
        self.readiness = readiness
        self.logger = logger
    }

    public func reception(of head: HTTPRequest) -> BodyReception { routes.reception(of: head) }

    public func respond(to request: HTTPRequest, writer: HTTPResponseWriter) async throws {
        let context = RequestContext(request, logger: logger)
        do {
            log(request, status: try await route(request, writer: writer, context: context), context: context)
        } catch {
            let mapped = OpenAIError(ending: error)
            note(error, mapped, in: context)
            // A client that left reads no answer.
            guard writer.isConnected else { return log(request, status: 499, context: context) }
            log(request, status: Int(mapped.status.code), context: context)
            // Too late for a status: the connection is cut, so that the client sees the answer is not whole.
            guard !writer.hasStarted else { throw error }
            try await answer(mapped, writer: writer, context: context)
        }
    }

    /// - Returns: the status that was answered.
    private func route(
        _ request: HTTPRequest, writer: HTTPResponseWriter, context: RequestContext
    ) async throws -> Int {
        switch routes.match(request.method, request.path) {
        case .found(let match):
            context.route = match.route
            return try await serve(match, request, writer: writer, context: context)
        case .missed(.options(let allow)):
            var headers = context.headers
            headers.add(name: "allow", value: allow)
            try await writer.respond(.noContent, headers: headers)
            return 204
        case .missed(let miss):
            throw OpenAIError(miss, request)
        }
    }

    /// - Returns: the status that was answered.
    private func serve(
        _ match: HTTPRouteTable<Endpoint>.Match, _ request: HTTPRequest, writer: HTTPResponseWriter,
        context: RequestContext
    ) async throws -> Int {
        switch match.route.value {
        case .chatCompletions:
            try OpenAIError.checkMediaType(request.headers)
            try await named.run(request, writer: writer, context: context) {
                try await chat.respond(to: request, writer: writer, context: context)
            }
        case .embeddings:
            try OpenAIError.checkMediaType(request.headers)
            try await named.run(request, writer: writer, context: context) {
                try await embeddings.respond(to: request, writer: writer, context: context)
            }
        case .models, .model:
            try await models.respond(to: request, id: match.parameters["id"], writer: writer, context: context)
        case .key: try await account.key(request, writer: writer, context: context)
        case .usage: try await account.usage(request, writer: writer, context: context)
        case .generation, .generationByQuery:
            try await account.generation(request, id: match.parameters["id"], writer: writer, context: context)
        case .health: try await reply(#"{"status":"ok"}"#, .ok, writer: writer, context: context)
        case .ready:
            let problems = readiness.problems()
            let status: HTTPResponseStatus = problems.isEmpty ? .ok : .serviceUnavailable
            try await reply(Readiness.body(problems), status, writer: writer, context: context)
            return Int(status.code)
        }
        return 200
    }

    private func reply(
        _ body: String, _ status: HTTPResponseStatus, writer: HTTPResponseWriter, context: RequestContext
    ) async throws {
        var headers = context.headers
        headers.add(name: "content-type", value: "application/json")
        try await writer.respond(status, headers: headers, body: ByteBuffer(string: body))
    }

    private func answer(_ error: OpenAIError, writer: HTTPResponseWriter, context: RequestContext) async throws {
        var headers = context.headers
        headers.add(contentsOf: error.headers)
        headers.add(name: "content-type", value: "application/json")
        try await writer.respond(error.status, headers: headers, body: error.body)
    }

    private func note(_ error: any Error, _ mapped: OpenAIError, in context: RequestContext) {
        context.noteFailure("error.code", "\(mapped.code ?? mapped.kind.rawValue)")
        if mapped.status.code >= 500 { context.noteFailure("error.cause", "\(error)") }
    }

    /// One line per request.
    private func log(_ request: HTTPRequest, status: Int, context: RequestContext) {
        let isHealthCheck = context.route.map { $0.value == .health || $0.value == .ready } ?? false
        let level: Logger.Level = status >= 500 ? .warning : isHealthCheck ? .debug : .info
        guard context.logger.logLevel <= level else { return }
        var metadata = context.metadata
        metadata["request.id"] = "\(context.requestID)"
        if let route = context.route {
            metadata["request.route"] = "\(route.method.rawValue) \(route.pattern)"
        } else {
            metadata["request.route"] = "none"
            metadata["request.path"] = "\(request.path.prefix(200))"
        }
        metadata["request.status"] = "\(status)"
        metadata["request.ms"] = "\((ContinuousClock.now - context.receivedAt).milliseconds)"
        context.logger.log(level: level, "Request answered", metadata: metadata)
    }
}
