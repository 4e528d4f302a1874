internal import HTTPTransport
internal import JSON
internal import Metering
internal import NIOHTTP1

/// Credit paid in advance. Each payment has an id of the caller's: the same one again changes nothing.
struct CreditRoutes: Sendable {
    let administration: Administration

    var routes: [HTTPRoute<AdminHandler>] {
        [
            HTTPRoute(.POST, "/admin/v1/accounts/{id}/credits", body: .admin, topUp),
            HTTPRoute(.GET, "/admin/v1/accounts/{id}/credits", body: .refuse, list),
            HTTPRoute(.POST, "/admin/v1/accounts/{id}/refunds", body: .admin, refund),
        ]
    }

    private func topUp(_ request: AdminRequest) async throws -> AdminAnswer { try await book(request, sign: 1) }

    private func refund(_ request: AdminRequest) async throws -> AdminAnswer { try await book(request, sign: -1) }

    /// 201 for a payment that is new, 200 for one that was booked before.
    private func book(_ request: AdminRequest, sign: Int64) async throws -> AdminAnswer {
        _ = try request.query()
        var fields = try request.fields()
        let id = try fields.requiredText("id")
        guard let amount = try fields.amount("amount_micros") else { throw OpenAI.missing("amount_micros") }
        let reason = try fields.text("reason") ?? ""
        try fields.finish()
        guard amount > .zero else {
            throw OpenAIError.invalid("amount_micros", code: "invalid_value", "'amount_micros' must be above 0.")
        }
        let isNew = try await administration.topUp(
            request.id(), by: MicroUnits(sign * amount.rawValue), id: id, reason: reason)
        let entry = try await administration.credit(id)
        return .object(isNew ? .created : .ok) { Self.write(entry, to: &$0) }
    }

    private func list(_ request: AdminRequest) async throws -> AdminAnswer {
        let page = try request.query(QueryFields.page).page()
        return .list(try await administration.credits(of: request.id(), page)) { entry, writer in
            writer.beginObject()
            Self.write(entry, to: &writer)
            writer.endObject()
        }
    }

    private static func write(_ entry: CreditEntry, to writer: inout JSONWriter) {
        writer.member("object", "credit")
        writer.member("id", entry.id)
        writer.member("account_id", entry.account)
        writer.member("amount_micros", entry.amount.rawValue)
        writer.member("reason", entry.reason)
        writer.member("created_at", time: entry.createdAt)
    }
}
