internal import HTTPTransport
internal import JSON
internal import Metering
internal import NIOHTTP1

/// Plans: limits and a margin that accounts share; LiteLLM's budgets.
struct PlanRoutes: Sendable {
    let administration: Administration

    var routes: [HTTPRoute<AdminHandler>] {
        [
            HTTPRoute(.POST, "/admin/v1/plans", body: .admin, create),
            HTTPRoute(.GET, "/admin/v1/plans", body: .refuse, list),
            HTTPRoute(.GET, "/admin/v1/plans/{id}", body: .refuse, get),
            HTTPRoute(.PATCH, "/admin/v1/plans/{id}", body: .admin, update),
        ]
    }

    private func create(_ request: AdminRequest) async throws -> AdminAnswer {
        _ = try request.query()
        var fields = try request.fields()
        var plan = Plan(id: try fields.requiredText("id"))
        let change = try Self.change(&fields)
        for (kind, ceiling) in change.limits { plan.limits[kind] = ceiling }
        plan.marginBasisPoints = change.marginBasisPoints ?? 0
        try await administration.createPlan(plan)
        return .object(.created) { Self.write(plan, to: &$0) }
    }

    private func list(_ request: AdminRequest) async throws -> AdminAnswer {
        let page = try request.query(QueryFields.page).page()
        return .list(try await administration.plans(page)) { plan, writer in
            writer.beginObject()
            Self.write(plan, to: &writer)
            writer.endObject()
        }
    }

    private func get(_ request: AdminRequest) async throws -> AdminAnswer {
        _ = try request.query()
        let plan = try await administration.plan(request.id())
        return .object { Self.write(plan, to: &$0) }
    }

    private func update(_ request: AdminRequest) async throws -> AdminAnswer {
        _ = try request.query()
        var fields = try request.fields()
        let plan = try await administration.updatePlan(request.id(), try Self.change(&fields))
        return .object { Self.write(plan, to: &$0) }
    }

    private static func change(_ fields: inout AdminFields) throws(OpenAIError) -> Administration.PlanChange {
        var change = Administration.PlanChange()
        change.marginBasisPoints = try fields.int("margin_bps", in: -10_000...1_000_000)
        change.limits = try fields.limits(LimitKind.ofAccounts)
        try fields.finish()
        return change
    }

    private static func write(_ plan: Plan, to writer: inout JSONWriter) {
        writer.member("object", "plan")
        writer.member("id", plan.id)
        writer.members(plan.limits, of: LimitKind.ofAccounts)
        writer.member("margin_bps", plan.marginBasisPoints)
    }
}
