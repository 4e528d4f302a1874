internal import HTTPTransport
internal import JSON
internal import Metering
internal import NIOHTTP1

/// What callers learn of their own key: `GET /v1/key`, `GET /v1/usage`, `GET /v1/generations/{id}`.
///
/// The names are OpenRouter's and LiteLLM's where they have one; amounts of money are integers and end in `_micros`. A
/// key sees itself only: what other keys of its account did is the operator's to tell.
struct AccountEndpoint: Sendable {
    let ledger: Ledger
    let authenticator: Authenticator

    // MARK: GET /v1/key

    func key(_ request: HTTPRequest, writer: HTTPResponseWriter, context: RequestContext) async throws {
        let key = try await authenticator.caller(of: request).key
        _ = try QueryFields(request.query, names: [])
        let status = try await ledger.status(of: key)
        var body = JSONWriter()
        body.beginObject()
        body.name("data")
        body.beginObject()
        body.member("id", key.id)
        body.member("label", key.name)
        body.member("key_name", "...\(key.lastFour)")
        body.member("usage_micros", status.spent.rawValue)
        body.member("limit_micros", optional: key.budget?.rawValue)
        body.member("limit_remaining_micros", optional: Self.remaining(status))
        body.members(key.limits, of: LimitKind.ofKeys)
        body.member(standing: status.limits)
        for (name, texts) in [
            ("models", key.scope.models), ("allowed_routes", key.scope.endpoints),
            ("allowed_ips", key.scope.addresses),
        ] {
            body.name(name)
            body.beginArray()
            for text in texts { body.string(text) }
            body.endArray()
        }
        body.member("created_at", time: key.createdAt)
        body.member("expires_at", time: key.expiresAt)
        body.endObject()
        body.endObject()
        try await send(body, writer: writer, context: context)
    }

    /// What is left of the key's budget in all: what replicas have reserved of it counts as used.
    private static func remaining(_ status: KeyStatus) -> Int64? {
        guard let budget = status.key.budget else { return nil }
        return max(0, budget.rawValue - status.spent.rawValue - status.leased.rawValue)
    }

    // MARK: GET /v1/usage

    func usage(_ request: HTTPRequest, writer: HTTPResponseWriter, context: RequestContext) async throws {
        let key = try await authenticator.caller(of: request).key
        let query = try QueryFields(request.query, names: QueryFields.page + ["from", "to", "model", "group_by"])
        var usage = UsageQuery(
            account: key.account, keyID: key.id, model: query["model"], from: try query.time("from"),
            until: try query.time("to"))
        for name in (query["group_by"] ?? "").split(separator: ",") {
            guard let grouping = UsageQuery.Grouping(rawValue: String(name)), grouping == .model || grouping == .day
            else {
                throw OpenAIError.invalid(
                    "group_by", code: "invalid_value", "'group_by' must be model, day, or both with a comma.")
            }
            usage.groupings.append(grouping)
        }
        let page = try await ledger.usage(usage, try query.page())
        var body = JSONWriter()
        body.beginObject()
        body.member("object", "list")
        body.name("data")
        body.beginArray()
        for total in page.items { total.write(to: &body) }
        body.endArray()
        body.member("has_more", page.next != nil)
        body.member("next_after", optional: page.next?.text)
        body.endObject()
        try await send(body, writer: writer, context: context)
    }

    // MARK: GET /v1/generations/{id}

    /// - Parameter id: from the path: an `x-request-id`, or the `id` of a chat completion; nil when it is in the query.
    func generation(
        _ request: HTTPRequest, id: String?, writer: HTTPResponseWriter, context: RequestContext
    ) async throws {
        let key = try await authenticator.caller(of: request).key
        let query = try QueryFields(request.query, names: id == nil ? ["id"] : [])
        guard let id = id ?? query["id"] else {
            throw OpenAIError.invalid("id", code: "missing_required_parameter", "Missing query parameter 'id'.")
        }
        guard let entry = try await ledger.entry(Self.requestID(id), of: key) else {
            throw OpenAIError(
                .notFound, .invalidRequest, code: "generation_not_found", param: "id",
                "No request of this API key has that id. Requests that were not charged, because no answer was delivered, "
                    + "have no record.")
        }
        var body = JSONWriter()
        body.beginObject()
        body.name("data")
        body.beginObject()
        body.member("id", entry.requestID)
        body.member("object", "generation")
        body.member("model", entry.model)
        body.member("endpoint", entry.endpoint)
        body.member("streamed", entry.isStream)
        body.member("status", entry.status)
        body.member("cancelled", entry.status == 499)
        body.member("tokens_prompt", entry.promptTokens)
        body.member("tokens_completion", entry.completionTokens)
        body.member("total_cost_micros", entry.price.rawValue)
        body.member("waived_micros", entry.waived.rawValue)
        body.member("netuid", entry.netuid)
        body.member("provider_name", optional: entry.minerHotkey)
        body.member("created_at", time: entry.startedAt)
        body.member("generation_time", max(0, entry.finishedAt - entry.startedAt))
        body.endObject()
        body.endObject()
        try await send(body, writer: writer, context: context)
    }

    private static func requestID(_ id: String) -> String {
        id.hasPrefix("chatcmpl-") ? "req_" + id.dropFirst("chatcmpl-".count) : id
    }

    private func send(_ body: JSONWriter, writer: HTTPResponseWriter, context: RequestContext) async throws {
        var headers = context.headers
        headers.add(name: "content-type", value: "application/json")
        headers.add(name: "cache-control", value: "no-store")
        try await writer.respond(.ok, headers: headers, body: body.buffer)
    }
}
