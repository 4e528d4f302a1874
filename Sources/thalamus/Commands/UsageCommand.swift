import ArgumentParser
import Foundation
import JSON
import Metering
import NIOCore

struct UsageCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "usage", abstract: "What was used: requests, tokens and price, by key, model and day.",
        discussion: "Reads the ledger in the database; a running gateway's newest requests appear within a second.")

    @OptionGroup var options: ConfigurationOptions
    @Option(name: .customLong("by"), help: "Comma separated: account, key, model, day.") var groupings = "key,model"
    @Option(help: "Only this account.") var account: String?
    @Option(help: "Only this key's id.") var key: String?
    @Option(help: "Only this model.") var model: String?
    @Flag(help: "Print JSON.") var json = false

    func run() async throws {
        let grouped = try groupings.split(separator: ",").map { name in
            guard let grouping = UsageQuery.Grouping(rawValue: String(name)) else {
                throw ValidationError("--by takes account, key, model and day, comma separated")
            }
            return grouping
        }
        let administration = try await Administration.open(options.load().metering)
        let totals = try await administration.usage(
            UsageQuery(groupedBy: grouped, account: account, keyID: key, model: model))
        await administration.close()
        if json { return print(Self.json(totals)) }
        let shown = UsageQuery.Grouping.allCases.filter { grouped.contains($0) }
        Table(
            shown.map { $0.rawValue.uppercased() } + ["REQUESTS", "PROMPT TOKENS", "COMPLETION TOKENS", "PRICE"],
            totals.map { total in
                shown.map { Self.text(of: $0, in: total) } + [
                    "\(total.requests)", "\(total.promptTokens)", "\(total.completionTokens)", "\(total.price)",
                ]
            }
        ).print()
    }

    private static func text(of grouping: UsageQuery.Grouping, in total: UsageTotal) -> String {
        switch grouping {
        case .account: total.account ?? ""
        case .key: total.keyID ?? ""
        case .model: total.model ?? ""
        case .day: total.day.map(Self.date) ?? ""
        }
    }

    /// `2026-01-31` from days since 1970.
    private static func date(_ day: Int64) -> String {
        Date(timeIntervalSince1970: Double(day) * 86_400).formatted(.iso8601.year().month().day())
    }

    private static func json(_ totals: [UsageTotal]) -> String {
        var writer = JSONWriter()
        writer.beginArray()
        for total in totals {
            writer.beginObject()
            if let account = total.account { writer.member("account", account) }
            if let key = total.keyID { writer.member("key_id", key) }
            if let model = total.model { writer.member("model", model) }
            if let day = total.day { writer.member("day", date(day)) }
            writer.member("requests", total.requests)
            writer.member("prompt_tokens", total.promptTokens)
            writer.member("completion_tokens", total.completionTokens)
            writer.member("price_micros", total.price.rawValue)
            writer.endObject()
        }
        writer.endArray()
        return String(buffer: writer.buffer)
    }
}
