internal import HTTPTransport
internal import JSON
internal import Metering
internal import NIOHTTP1

/// The log of every change.
struct AuditRoutes: Sendable {
    let administration: Administration

    var routes: [HTTPRoute<AdminHandler>] {
        [
            HTTPRoute(.GET, "/admin/v1/audit", body: .refuse, list),
            HTTPRoute(.GET, "/admin/v1/audit/verify", body: .refuse, verify),
        ]
    }

    private func list(_ request: AdminRequest) async throws -> AdminAnswer {
        let page = try request.query(QueryFields.page).page()
        return .list(try await administration.audit(page)) { item, writer in
            let record = item.record
            writer.beginObject()
            writer.member("object", "audit_record")
            writer.member("sequence", record.sequence)
            writer.member("at", time: record.at)
            writer.member("actor", record.actor)
            writer.member("action", record.action)
            writer.member("subject", record.subject)
            writer.member("detail", record.detail)
            writer.member("hash", item.hash)
            writer.endObject()
        }
    }

    private func verify(_ request: AdminRequest) async throws -> AdminAnswer {
        _ = try request.query()
        let result = try await administration.verifyAudit()
        return .object { writer in
            writer.member("object", "audit_verification")
            writer.member("whole", result.broken == nil)
            writer.member("records", result.count)
            writer.member("last_hash", result.last)
            writer.member("broken_at", optional: result.broken)
        }
    }
}
