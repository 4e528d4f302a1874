internal import HTTPTransport
internal import JSON
internal import Metering
internal import NIOHTTP1

/// Usage in sums, and the ledger as a file.
struct UsageRoutes: Sendable {
    let administration: Administration

    private static let filters = ["from", "to", "account_id", "key_id", "model"]

    var routes: [HTTPRoute<AdminHandler>] {
        [
            HTTPRoute(.GET, "/admin/v1/usage", body: .refuse, sums),
            HTTPRoute(.GET, "/admin/v1/usage/export", body: .refuse, export),
        ]
    }

    private func sums(_ request: AdminRequest) async throws -> AdminAnswer {
        let query = try request.query(QueryFields.page + Self.filters + ["group_by"])
        var usage = try await usage(query)
        for name in (query["group_by"] ?? "").split(separator: ",") {
            guard let grouping = UsageQuery.Grouping(rawValue: String(name)) else {
                throw OpenAIError.invalid(
                    "group_by", code: "invalid_value",
                    "'group_by' must name \(UsageQuery.Grouping.allCases.map(\.rawValue).joined(separator: ", ")), "
                        + "with commas between them.")
            }
            usage.groupings.append(grouping)
        }
        return .list(try await administration.usage(usage, try query.page())) { $0.write(to: &$1) }
    }

    private func export(_ request: AdminRequest) async throws -> AdminAnswer {
        let query = try request.query(Self.filters + ["format"])
        let format = try Self.format(query["format"], request.headers)
        return .export(administration.export(try await usage(query), as: format))
    }

    private func usage(_ query: QueryFields) async throws -> UsageQuery {
        let usage = UsageQuery(
            account: query["account_id"], keyID: query["key_id"], model: query["model"], from: try query.time("from"),
            until: try query.time("to"))
        if let account = usage.account { try await administration.checkAccount(account) }
        if let key = usage.keyID { try await administration.checkKey(key) }
        return usage
    }

    /// The one that is named, else the first that the client accepts, else JSON lines.
    private static func format(_ name: String?, _ headers: HTTPHeaders) throws(OpenAIError) -> UsageFormat {
        if let name {
            guard let format = UsageFormat(rawValue: name) else {
                throw .invalid(
                    "format", code: "invalid_value",
                    "'format' must be one of \(UsageFormat.allCases.map(\.rawValue).joined(separator: ", ")).")
            }
            return format
        }
        for range in headers[canonicalForm: "accept"] {
            let type = range.prefix { $0 != ";" }.lowercased()
            if let format = UsageFormat.allCases.first(where: { type == $0.mediaType }) { return format }
        }
        return .jsonl
    }
}
