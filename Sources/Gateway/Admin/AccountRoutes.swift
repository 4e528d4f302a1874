internal import HTTPTransport
internal import JSON
internal import Metering
internal import NIOHTTP1

extension BodyReception {
    /// The small bodies of the admin API: nothing larger is read, from whomever.
    static let admin = BodyReception.collectUpTo(64 * 1_024)
}

/// Accounts: LiteLLM's customers and teams.
struct AccountRoutes: Sendable {
    let administration: Administration

    var routes: [HTTPRoute<AdminHandler>] {
        [
            HTTPRoute(.POST, "/admin/v1/accounts", body: .admin, create),
            HTTPRoute(.GET, "/admin/v1/accounts", body: .refuse, list),
            HTTPRoute(.GET, "/admin/v1/accounts/{id}", body: .refuse, get),
            HTTPRoute(.PATCH, "/admin/v1/accounts/{id}", body: .admin, update),
            HTTPRoute(.POST, "/admin/v1/accounts/{id}/close", body: .admin, close),
            HTTPRoute(.POST, "/admin/v1/accounts/{id}/reopen", body: .admin, reopen),
        ]
    }

    private func create(_ request: AdminRequest) async throws -> AdminAnswer {
        _ = try request.query()
        var fields = try request.fields()
        let id = try fields.requiredText("id")
        let setup = try Self.change(&fields)
        return answer(try await administration.createAccount(id, setup), .created)
    }

    private func list(_ request: AdminRequest) async throws -> AdminAnswer {
        let page = try request.query(QueryFields.page).page()
        return .list(try await administration.accounts(page)) { account, writer in
            writer.beginObject()
            Self.write(account, to: &writer)
            writer.endObject()
        }
    }

    private func get(_ request: AdminRequest) async throws -> AdminAnswer {
        _ = try request.query()
        return answer(try await administration.account(request.id()))
    }

    private func update(_ request: AdminRequest) async throws -> AdminAnswer {
        _ = try request.query()
        var fields = try request.fields()
        let change = try Self.change(&fields)
        return answer(try await administration.updateAccount(request.id(), change))
    }

    private func close(_ request: AdminRequest) async throws -> AdminAnswer { try await set(request, isClosed: true) }

    private func reopen(_ request: AdminRequest) async throws -> AdminAnswer { try await set(request, isClosed: false) }

    private func set(_ request: AdminRequest, isClosed: Bool) async throws -> AdminAnswer {
        _ = try request.query()
        try request.fields().finish()
        var change = Administration.AccountChange()
        change.isClosed = isClosed
        return answer(try await administration.updateAccount(request.id(), change))
    }

    private static func change(_ fields: inout AdminFields) throws(OpenAIError) -> Administration.AccountChange {
        var change = Administration.AccountChange()
        change.name = try fields.text("name")
        change.plan = try fields.nullableText("plan_id")
        change.marginBasisPoints = try fields.nullableInt("margin_bps", in: -10_000...1_000_000)
        change.limits = try fields.limits(LimitKind.ofAccounts)
        try fields.finish()
        return change
    }

    private func answer(_ account: Account, _ status: HTTPResponseStatus = .ok) -> AdminAnswer {
        .object(status) { Self.write(account, to: &$0) }
    }

    private static func write(_ account: Account, to writer: inout JSONWriter) {
        writer.member("object", "account")
        writer.member("id", account.id)
        writer.member("name", account.name)
        writer.member("plan_id", optional: account.plan)
        writer.member("status", account.closedAt == nil ? "open" : "closed")
        writer.members(account.limits, of: LimitKind.ofAccounts)
        writer.member("margin_bps", optional: account.marginBasisPoints)
        writer.member("spend_micros", account.spent.rawValue)
        writer.member("credit_left_micros", optional: account.creditLeft?.rawValue)
        writer.member("created_at", time: account.createdAt)
        writer.member("closed_at", time: account.closedAt)
        writer.member(standing: account.standing)
    }
}
