internal import HTTPTransport
internal import JSON
internal import Metering
internal import NIOHTTP1

/// Prices in time. Models without one here cost what the configuration says.
struct PriceRoutes: Sendable {
    let administration: Administration

    var routes: [HTTPRoute<AdminHandler>] {
        [
            HTTPRoute(.POST, "/admin/v1/prices", body: .admin, set),
            HTTPRoute(.GET, "/admin/v1/prices", body: .refuse, list),
            HTTPRoute(.GET, "/admin/v1/prices/{model...}", body: .refuse, history),
        ]
    }

    /// Parts that the body does not name are zero, and at least one is named.
    private func set(_ request: AdminRequest) async throws -> AdminAnswer {
        _ = try request.query()
        var fields = try request.fields()
        let model = try fields.requiredText("model")
        let startsAt = try fields.time("starts_at") ?? nil
        var price = Price()
        var isGiven = false
        for (name, part) in Self.parts {
            guard let amount = try fields.amount(name) else { continue }
            price[keyPath: part] = amount
            isGiven = true
        }
        try fields.finish()
        guard isGiven else { throw OpenAI.missing("per_million_prompt_tokens_micros") }
        let entry = try await administration.setPrice(of: model, to: price, startsAt: startsAt)
        return .object(.created) { Self.write(entry, to: &$0) }
    }

    private func list(_ request: AdminRequest) async throws -> AdminAnswer {
        let page = try request.query(QueryFields.page).page()
        return Self.list(try await administration.prices(page))
    }

    private func history(_ request: AdminRequest) async throws -> AdminAnswer {
        let page = try request.query(QueryFields.page).page()
        return Self.list(try await administration.priceHistory(of: request.id("model"), page))
    }

    private static func list(_ page: Page<PriceBook.Entry>) -> AdminAnswer {
        .list(page) { entry, writer in
            writer.beginObject()
            write(entry, to: &writer)
            writer.endObject()
        }
    }

    private static func write(_ entry: PriceBook.Entry, to writer: inout JSONWriter) {
        writer.member("object", "price")
        writer.member("model", entry.model)
        writer.member("starts_at", time: entry.startsAt)
        for (name, part) in parts { writer.member(name, entry.price[keyPath: part].rawValue) }
    }

    private static var parts: [(String, WritableKeyPath<Price, MicroUnits>)] {
        [
            ("per_million_prompt_tokens_micros", \.perMillionPromptTokens),
            ("per_million_completion_tokens_micros", \.perMillionCompletionTokens),
            ("per_request_micros", \.perRequest), ("per_image_micros", \.perImage),
            ("per_second_micros", \.perSecond),
        ]
    }
}
