import ArgumentParser
import Foundation
import JSON
import Metering
import NIOCore

struct UsageCommand: AsyncParsableCommand {
    enum Format: String, ExpressibleByArgument, CaseIterable { case table, csv, jsonl, cloudevents }

    static let configuration = CommandConfiguration(
        commandName: "usage", abstract: "What was used: requests, tokens and price, by key, model, day and account.",
        discussion: """
            Reads the ledger in the database; a running gateway's newest requests appear within a second. Sums of \
            whole days of UTC are quick whatever the ledger's length.
            """)

    @OptionGroup var options: ConfigurationOptions
    @Option(name: .customLong("by"), help: "Comma separated: account, key, model, day; default: key,model.")
    var groupings: String?
    @Option(help: "From when on: a date, or a time such as 2026-01-31T09:30:00Z.") var from: String?
    @Option(help: "Up to when, itself not included.") var to: String?
    @Option(help: "Only this account.") var account: String?
    @Option(help: "Only this key's id.") var key: String?
    @Option(help: "Only this model.") var model: String?
    @Option(help: "table, csv, jsonl, or cloudevents (a JSON array of CloudEvents, one per request).")
    var format = Format.table
    @Flag(help: "Every request instead of sums; with csv and jsonl.") var requests = false
    @Flag(help: "Print sums as a JSON array.") var json = false

    func validate() throws {
        _ = try grouped()
        _ = try (time("--from", from), time("--to", to))
        if json, format != .table { throw ValidationError("give --json or --format, not both") }
        guard isOfRequests else { return }
        if groupings != nil { throw ValidationError("--by is for sums, not for single requests") }
        if format == .table { throw ValidationError("--requests needs --format csv, jsonl or cloudevents") }
    }

    func run() async throws {
        let query = UsageQuery(
            groupedBy: try grouped(), account: account, keyID: key, model: model, from: try time("--from", from),
            until: try time("--to", to))
        let administration = try await Administration.open(options.load().metering)
        if let account { try await administration.checkAccount(account) }
        if let key { try await administration.checkKey(key) }
        if isOfRequests {
            try await export(query, from: administration)
        } else {
            try show(try await administration.usage(query), columns: query.columns)
        }
        await administration.close()
    }

    /// An event tells of one request.
    private var isOfRequests: Bool { requests || format == .cloudevents }

    private func export(_ query: UsageQuery, from administration: Administration) async throws {
        guard let format = UsageFormat(rawValue: format.rawValue) else { return }
        var export = administration.export(query, as: format)
        while let piece = try await export.next() { try Self.put(piece) }
    }

    private func show(_ totals: [UsageTotal], columns: [UsageQuery.Grouping]) throws {
        switch format {
        case .csv: try Self.put(UsageTotal.csv(totals, columns: columns))
        case .jsonl:
            for total in totals {
                var writer = JSONWriter()
                total.write(to: &writer)
                print(String(buffer: writer.buffer))
            }
        case .table where json:
            var writer = JSONWriter()
            writer.beginArray()
            for total in totals { total.write(to: &writer) }
            writer.endArray()
            print(String(buffer: writer.buffer))
        case .table, .cloudevents:
            Table(
                columns.map { $0.rawValue.uppercased() } + ["REQUESTS", "PROMPT TOKENS", "COMPLETION TOKENS", "PRICE"],
                totals.map { total in
                    columns.map { total.text(of: $0) ?? "" } + [
                        "\(total.requests)", "\(total.promptTokens)", "\(total.completionTokens)", "\(total.price)",
                    ]
                }
            ).print()
        }
    }

    private func grouped() throws -> [UsageQuery.Grouping] {
        try (groupings ?? "key,model").split(separator: ",").map { name in
            guard let grouping = UsageQuery.Grouping(rawValue: String(name)) else {
                throw ValidationError("--by takes account, key, model and day, comma separated")
            }
            return grouping
        }
    }

    private func time(_ option: String, _ text: String?) throws -> Int64? { try text.map { try Time.read(option, $0) } }

    private static func put(_ bytes: ByteBuffer) throws {
        try FileHandle.standardOutput.write(contentsOf: Data(bytes.readableBytesView))
    }
}

/// Times on the command line.
enum Time {
    /// Unix milliseconds.
    static func read(_ option: String, _ text: String) throws -> Int64 {
        guard let time = UTCTime.milliseconds(text) else {
            throw ValidationError("\(option) takes a date such as 2026-01-31, or a time such as 2026-01-31T09:30:00Z")
        }
        return time
    }
}
