internal import HTTPTransport
internal import JSON
internal import Metering
internal import NIOHTTP1

/// API keys: the routes are OpenRouter's key management, limits and `regenerate` are LiteLLM's.
struct KeyRoutes: Sendable {
    let administration: Administration

    var routes: [HTTPRoute<AdminHandler>] {
        [
            HTTPRoute(.POST, "/admin/v1/keys", body: .admin, create),
            HTTPRoute(.GET, "/admin/v1/keys", body: .refuse, list),
            HTTPRoute(.GET, "/admin/v1/keys/{id}", body: .refuse, get),
            HTTPRoute(.PATCH, "/admin/v1/keys/{id}", body: .admin, update),
            HTTPRoute(.POST, "/admin/v1/keys/{id}/regenerate", body: .admin, regenerate),
            HTTPRoute(.DELETE, "/admin/v1/keys/{id}", body: .refuse, revoke),
        ]
    }

    private func create(_ request: AdminRequest) async throws -> AdminAnswer {
        _ = try request.query()
        var fields = try request.fields()
        var new = Administration.NewKey(
            account: try fields.requiredText("account_id"), name: try fields.requiredText("name"))
        new.makesAccount = false
        let scope = try Self.scope(&fields)
        new.scope = KeyScope(
            models: scope.models ?? [], endpoints: scope.routes ?? [], addresses: scope.addresses ?? [])
        for (kind, ceiling) in try fields.limits(LimitKind.ofKeys) { new.limits[kind] = ceiling }
        new.expiresAt = try fields.time("expires_at") ?? nil
        new.secret = try fields.text("key")
        try fields.finish()
        let (key, secret) = try await administration.create(new)
        return .object(.created) { Self.write(key, secret: secret, to: &$0) }
    }

    private func list(_ request: AdminRequest) async throws -> AdminAnswer {
        let query = try request.query(QueryFields.page + ["account_id"])
        let account = query["account_id"]
        if let account { try await administration.checkAccount(account) }
        return .list(try await administration.keys(of: account, try query.page())) { status, writer in
            writer.beginObject()
            Self.write(status, to: &writer)
            writer.endObject()
        }
    }

    private func get(_ request: AdminRequest) async throws -> AdminAnswer {
        _ = try request.query()
        return try await answer(request.id())
    }

    private func update(_ request: AdminRequest) async throws -> AdminAnswer {
        _ = try request.query()
        var fields = try request.fields()
        var change = Administration.KeyChange()
        change.name = try fields.text("name")
        change.limits = try fields.limits(LimitKind.ofKeys)
        change.expiresAt = try fields.time("expires_at")
        let id = request.id()
        (change.models, change.endpoints, change.addresses) = try Self.scope(&fields)
        try fields.finish()
        _ = try await administration.update(id, change)
        return try await answer(id)
    }

    private func regenerate(_ request: AdminRequest) async throws -> AdminAnswer {
        _ = try request.query()
        var fields = try request.fields()
        let overlap = try fields.int("grace_period_seconds", in: 0...31_536_000) ?? 0
        try fields.finish()
        let (key, secret) = try await administration.rotate(request.id(), overlap: .seconds(overlap))
        return .object { Self.write(key, secret: secret, to: &$0) }
    }

    private func revoke(_ request: AdminRequest) async throws -> AdminAnswer {
        _ = try request.query()
        let id = request.id()
        try await administration.revoke(id)
        return try await answer(id)
    }

    /// - Returns: nil for a part that the body does not name.
    private static func scope(
        _ fields: inout AdminFields
    ) throws(OpenAIError) -> (models: [String]?, routes: [String]?, addresses: [String]?) {
        let models = try fields.texts("models")
        let routes = try fields.texts("allowed_routes")
        let addresses = try fields.texts("allowed_ips")
        for address in addresses ?? [] where IPRange(address) == nil {
            throw .invalid(
                "allowed_ips", code: "invalid_value",
                "'allowed_ips' must hold IP addresses or ranges such as 192.0.2.0/24.")
        }
        return (models, routes, addresses)
    }

    private func answer(_ id: String) async throws -> AdminAnswer {
        let status = try await administration.key(id)
        return .object { Self.write(status, to: &$0) }
    }

    /// With its secret, which is shown this once.
    private static func write(_ key: APIKey, secret: String, to writer: inout JSONWriter) {
        write(key, to: &writer)
        writer.member("key", secret)
    }

    private static func write(_ status: KeyStatus, to writer: inout JSONWriter) {
        write(status.key, to: &writer)
        writer.member("spend_micros", status.spent.rawValue)
        writer.member("reserved_micros", status.leased.rawValue)
        writer.member(standing: status.limits)
    }

    private static func write(_ key: APIKey, to writer: inout JSONWriter) {
        writer.member("object", "key")
        writer.member("id", key.id)
        writer.member("account_id", key.account)
        writer.member("name", key.name)
        writer.member("key_name", "...\(key.lastFour)")
        writer.member("status", status(of: key))
        writer.member("models", texts: key.scope.models)
        writer.member("allowed_routes", texts: key.scope.endpoints)
        writer.member("allowed_ips", texts: key.scope.addresses)
        writer.members(key.limits, of: LimitKind.ofKeys)
        writer.member("created_at", time: key.createdAt)
        writer.member("expires_at", time: key.expiresAt)
        writer.member("revoked_at", time: key.revokedAt)
    }

    private static func status(of key: APIKey) -> String {
        if key.revokedAt != nil { return "revoked" }
        if let expiry = key.expiresAt, expiry <= MeteringConfiguration.unixMilliseconds() { return "expired" }
        return "active"
    }
}

extension JSONWriter {
    fileprivate mutating func member(_ name: String, texts: [String]) {
        self.name(name)
        beginArray()
        for text in texts { string(text) }
        endArray()
    }
}
