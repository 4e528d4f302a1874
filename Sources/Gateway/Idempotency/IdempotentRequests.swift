internal import HTTPTransport
internal import Logging
internal import Metering
internal import NIOCore
internal import NIOHTTP1

/// `Idempotency-Key`: a request that is sent again gets the first one's answer, and is charged once.
///
/// - Source: the IETF's draft of the field, sections 2.6 and 2.7, for the statuses; `idempotent-replayed` is Stripe's.
struct IdempotentRequests: Sendable {
    let ledger: Ledger
    let authenticator: Authenticator

    /// A request under way for longer is taken for dead; no model's answer takes so long.
    private static let lifetime: Duration = .seconds(3_600)

    /// Runs `attempt`, unless the request was answered before.
    func run(
        _ request: HTTPRequest, writer: HTTPResponseWriter, context: RequestContext, _ attempt: () async throws -> Void
    ) async throws {
        guard let name = request.headers.first(name: "idempotency-key") else { return try await attempt() }
        let caller = try await authenticator.caller(of: request)
        guard let secret = Authenticator.secret(in: request.headers),
            let key = IdempotencyKey(name, of: caller.key, secret: secret)
        else {
            throw OpenAIError.invalid(
                "Idempotency-Key", code: "invalid_value",
                "The Idempotency-Key header must have 1 to \(IdempotencyKey.maximumBytes) printable ASCII characters.")
        }
        let content = Array(request.path.utf8) + [0] + Array(buffer: request.body)
        switch try await ledger.begin(
            key, content: content, requestID: context.requestID, lifetime: Self.lifetime)
        {
        case .run(let requestID, let startedAt):
            context.adopt(requestID: requestID, startedAt: startedAt)
            try await run(attempt, named: key, writer: writer, context: context)
        case .answered(let bytes, let requestID):
            context.note("request.replayed", "\(requestID)")
            guard let outcome = Outcome(bytes) else { throw Self.notKept(requestID) }
            try await outcome.send(through: writer)
        case .unavailable(let requestID): throw Self.notKept(requestID)
        case .inProgress:
            throw OpenAIError(
                .conflict, .invalidRequest, code: "idempotency_in_progress",
                "The request with this Idempotency-Key is still being answered. Send it again shortly.",
                headers: ["retry-after": "1"])
        case .mismatch:
            throw OpenAIError(
                .unprocessableEntity, .invalidRequest, code: "idempotency_key_reused",
                "This Idempotency-Key was used for another request. Use a new one for each request.")
        }
    }

    private func run(
        _ attempt: () async throws -> Void, named key: IdempotencyKey, writer: HTTPResponseWriter,
        context: RequestContext
    ) async throws {
        let requestID = context.requestID
        writer.record(upTo: ledger.maximumOutcomeBytes)
        do {
            try await attempt()
        } catch {
            await endUngiven(key, context)
            throw error
        }
        await end(key, requestID, with: context.hasBrokenOff ? nil : writer.recorded)
    }

    /// A client that left between the answer's making and its sending has been charged for it, and may come back for it.
    private func endUngiven(_ key: IdempotencyKey, _ context: RequestContext) async {
        guard let charged = context.charged else { return await ledger.forget(key, requestID: context.requestID) }
        let isKept = charged.body.readableBytes <= ledger.maximumOutcomeBytes
        let outcome = Outcome(.ok, headers: charged.headers, body: charged.body)
        await ledger.keep(isKept ? outcome.bytes : nil, of: key, requestID: context.requestID)
    }

    /// Keeps the answer, or forgets the request when it has none.
    private func end(
        _ key: IdempotencyKey, _ requestID: String, with recorded: HTTPRecording?
    ) async {
        if let recorded, recorded.status == .ok {
            await ledger.keep(recorded.body.map { Outcome(recorded, $0).bytes }, of: key, requestID: requestID)
        } else {
            await ledger.forget(key, requestID: requestID)
        }
    }

    private static func notKept(_ requestID: String) -> OpenAIError {
        OpenAIError(
            .conflict, .invalidRequest, code: "idempotency_outcome_unavailable",
            "The request with this Idempotency-Key was answered as \(requestID), and the answer can't be given again: it was "
                + "too large to be kept, or was given to a secret that this key had before. "
                + "Use a new key to ask again.",
            headers: ["x-should-retry": "false"])
    }
}
