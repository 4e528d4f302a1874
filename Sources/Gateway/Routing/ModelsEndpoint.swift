internal import HTTPTransport
internal import JSON
internal import Metering
internal import NIOHTTP1
internal import Subnets
internal import Subtensor

/// `GET /v1/models` and `GET /v1/models/{id}`.
struct ModelsEndpoint: Sendable {
    let authenticator: Authenticator
    let catalogue: ModelCatalogue
    /// When this process began to serve them, unix seconds.
    let created = Bill.unixMilliseconds() / 1_000

    func respond(to request: HTTPRequest, id: String?, writer: HTTPResponseWriter, context: RequestContext) async throws
    {
        let scope = try await authenticator.caller(of: request).key.scope
        var body = JSONWriter()
        if let id {
            guard let entry = catalogue[id], scope.allows(model: id) else { throw ModelRouter.notFound(id) }
            write(entry.model, to: &body)
        } else {
            body.beginObject()
            body.member("object", "list")
            body.name("data")
            body.beginArray()
            for model in catalogue.models where scope.allows(model: model.id) { write(model, to: &body) }
            body.endArray()
            body.endObject()
        }
        var headers = context.headers
        headers.add(name: "content-type", value: "application/json")
        try await writer.respond(.ok, headers: headers, body: body.buffer)
    }

    private func write(_ model: ModelConfiguration, to body: inout JSONWriter) {
        body.beginObject()
        body.member("id", model.id)
        body.member("object", "model")
        body.member("created", created)
        body.member("owned_by", "subnet-\(model.netuid.rawValue)")
        body.endObject()
    }
}
