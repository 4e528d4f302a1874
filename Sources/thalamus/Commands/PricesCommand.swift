import ArgumentParser
import Metering

struct PricesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prices",
        abstract: "What models cost from when on; models without a price here cost what the configuration says.",
        subcommands: [Set.self, List.self, History.self])

    struct Set: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Set a model's price from now or a later time on.",
            discussion: """
                Amounts are micro-units, as in the configuration; those that are left out are zero. What was admitted \
                before keeps its price.
                """)
        @OptionGroup var options: ConfigurationOptions
        @Argument(help: "The model's id.") var model: String
        @Option(help: "Micro-units.") var perMillionPromptTokens: Int64?
        @Option(help: "Micro-units.") var perMillionCompletionTokens: Int64?
        @Option(help: "Micro-units.") var perRequest: Int64?
        @Option(help: "Micro-units.") var perImage: Int64?
        @Option(help: "Micro-units.") var perSecond: Int64?
        @Option(help: "A date, or a time such as 2026-01-31T09:30:00Z; default: now.") var startsAt: String?

        func validate() throws {
            let parts = [perMillionPromptTokens, perMillionCompletionTokens, perRequest, perImage, perSecond]
            guard parts.contains(where: { $0 != nil }) else {
                throw ValidationError("give at least one amount, such as --per-million-prompt-tokens 150000")
            }
            _ = try startsAt.map { try Time.read("--starts-at", $0) }
        }

        func run() async throws {
            let price = Price(
                perMillionPromptTokens: MicroUnits(perMillionPromptTokens ?? 0),
                perMillionCompletionTokens: MicroUnits(perMillionCompletionTokens ?? 0),
                perRequest: MicroUnits(perRequest ?? 0), perImage: MicroUnits(perImage ?? 0),
                perSecond: MicroUnits(perSecond ?? 0))
            let start = try startsAt.map { try Time.read("--starts-at", $0) }
            let administration = try await Administration.open(options.load().metering)
            let entry = try await administration.setPrice(of: model, to: price, startsAt: start)
            await administration.close()
            PricesCommand.table([entry]).print()
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the prices in force that were set here.")
        @OptionGroup var options: ConfigurationOptions

        func run() async throws {
            let administration = try await Administration.open(options.load().metering)
            let entries = try await PricesCommand.all { try await administration.prices($0) }
            await administration.close()
            PricesCommand.table(entries).print()
        }
    }

    struct History: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List a model's prices in time, those to come included.")
        @OptionGroup var options: ConfigurationOptions
        @Argument(help: "The model's id.") var model: String

        func run() async throws {
            let administration = try await Administration.open(options.load().metering)
            let entries = try await PricesCommand.all { [model] in
                try await administration.priceHistory(of: model, $0)
            }
            await administration.close()
            PricesCommand.table(entries).print()
        }
    }

    private static func all(
        _ read: (PageRequest) async throws -> Page<PriceBook.Entry>
    ) async throws -> [PriceBook.Entry] {
        var entries: [PriceBook.Entry] = []
        var after: PageCursor?
        repeat {
            let page = try await read(PageRequest(limit: 1_000, after: after))
            entries += page.items
            after = page.next
        } while after != nil
        return entries
    }

    private static func table(_ entries: [PriceBook.Entry]) -> Table {
        Table(
            ["MODEL", "FROM", "1M PROMPT", "1M COMPLETION", "REQUEST", "IMAGE", "SECOND"],
            entries.map { entry in
                [entry.model, UTCTime.text(entry.startsAt)]
                    + [
                        entry.price.perMillionPromptTokens, entry.price.perMillionCompletionTokens,
                        entry.price.perRequest, entry.price.perImage, entry.price.perSecond,
                    ].map { "\($0)" }
            })
    }
}
