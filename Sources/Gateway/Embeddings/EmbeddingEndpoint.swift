internal import HTTPTransport
internal import JSON
internal import Logging
internal import Metering
internal import NIOCore
internal import NIOHTTP1
internal import Subnets

/// `POST /v1/embeddings`.
struct EmbeddingEndpoint: Sendable {
    let steps: RequestSteps

    func respond(to request: HTTPRequest, writer: HTTPResponseWriter, context: RequestContext) async throws {
        let caller = try await steps.authenticator.caller(of: request)
        context.note("caller.key_id", "\(caller.key.id)")
        let wire = try OpenAI.EmbeddingRequest(request.body)
        let route = try steps.router.route(for: wire.model, task: .embedding, caller: caller)
        context.note("subnet.model", "\(wire.model)")
        let hold = try await steps.admission.admit(
            caller, on: route, requestID: context.requestID, promptTokens: wire.promptTokens, maximumTokens: 0)
        defer { hold.release() }
        let bill = Bill(
            hold, caller: caller, route: route, endpoint: "/v1/embeddings", isStream: false,
            promptTokens: wire.promptTokens, maximumTokens: 0, startedAt: context.startedAt)
        let plan = try steps.selector.plan(for: route.model, startedAt: context.receivedAt)
        let embedding = EmbeddingRequest(
            requestID: context.requestID, model: wire.model, input: wire.input, inputCount: wire.inputCount,
            dimensions: wire.dimensions)
        let (answer, winner) = try await steps.dispatcher.embed(embedding, plan, on: route.entry)
        var noText = CompletionDelta()
        _ = bill.add(&noText, from: winner.choice)
        bill.settle(status: 200)
        context.note(winner.choice, attempts: winner.attempts, bill: bill)
        var headers = context.headers
        headers.add(contentsOf: bill.rateHeaders)
        headers.add(contentsOf: plan.headers(winner: winner.choice))
        headers.add(name: "content-type", value: "application/json")
        let body = Self.body(answer, wire: wire)
        context.charged = (headers, body)
        try await writer.respond(.ok, headers: headers, body: body)
    }

    private static func body(_ answer: EmbeddingAnswer, wire: OpenAI.EmbeddingRequest) -> ByteBuffer {
        var writer = JSONWriter(capacity: 1_024)
        writer.beginObject()
        writer.member("object", "list")
        writer.name("data")
        writer.beginArray()
        for (index, vector) in answer.vectors.enumerated() {
            writer.beginObject()
            writer.member("object", "embedding")
            writer.member("index", index)
            writer.name("embedding")
            if wire.isBase64 {
                writer.string(base64(vector))
            } else {
                writer.beginArray()
                for number in vector { writer.raw("\(number)") }
                writer.endArray()
            }
            writer.endObject()
        }
        writer.endArray()
        writer.member("model", wire.model)
        writer.name("usage")
        writer.beginObject()
        writer.member("prompt_tokens", wire.promptTokens)
        writer.member("total_tokens", wire.promptTokens)
        writer.endObject()
        writer.endObject()
        return writer.buffer
    }

    /// Little-endian 32-bit floats, as OpenAI's clients unpack them.
    private static func base64(_ vector: [Float]) -> String {
        var bytes = ByteBuffer()
        for number in vector { bytes.writeInteger(number.bitPattern, endianness: .little) }
        return Base64.encode(bytes.readableBytesView)
    }
}
