import ArgumentParser
import Metering

struct PlansCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plans", abstract: "Plans: limits and a margin that accounts share.",
        subcommands: [Create.self, Update.self, List.self])

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make a plan.")
        @OptionGroup var options: ConfigurationOptions
        @OptionGroup var limits: LimitOptions
        @OptionGroup var terms: TermsOptions
        @Argument(help: "Its id.") var id: String

        func run() async throws {
            var plan = Plan(id: id, marginBasisPoints: terms.marginBps ?? 0)
            let changes = try limits.changes().merging(terms.changes()) { $1 }
            for (kind, ceiling) in changes { plan.limits[kind] = ceiling }
            let administration = try await Administration.open(options.load().metering)
            try await administration.createPlan(plan)
            await administration.close()
            print("\(id) is made")
        }
    }

    struct Update: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Change a plan; running gateways follow within a second.")
        @OptionGroup var options: ConfigurationOptions
        @OptionGroup var limits: LimitOptions
        @OptionGroup var terms: TermsOptions
        @Argument(help: "Its id.") var id: String

        func run() async throws {
            var change = Administration.PlanChange()
            change.limits = try limits.changes().merging(terms.changes()) { $1 }
            change.marginBasisPoints = terms.marginBps
            let administration = try await Administration.open(options.load().metering)
            _ = try await administration.updatePlan(id, change)
            await administration.close()
            print("\(id) is changed")
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List all plans.")
        @OptionGroup var options: ConfigurationOptions

        func run() async throws {
            let administration = try await Administration.open(options.load().metering)
            let plans = try await administration.plans()
            await administration.close()
            Table(
                ["ID", "MARGIN BPS", "LIMITS"],
                plans.map { [$0.id, "\($0.marginBasisPoints)", $0.limits.summary] }
            ).print()
        }
    }
}

/// What accounts and plans have beside limits.
struct TermsOptions: ParsableArguments {
    @Option(parsing: .unconditional, help: "On top of prices, in hundredths of a percent; below zero is a discount.")
    var marginBps: Int?
    @Option(help: "What costs nothing per calendar month of UTC, such as 5 or 0.5.") var freeQuotaPerMonth: String?

    func changes() throws -> [LimitKind: Int64?] {
        guard let freeQuotaPerMonth else { return [:] }
        return [.freeSpendPerMonth: try MicroUnits(units: freeQuotaPerMonth).rawValue]
    }
}

extension Limits {
    /// Such as `requests_per_minute=60 spend=25000000`.
    var summary: String { kinds.map { "\($0.rawValue)=\(self[$0] ?? 0)" }.joined(separator: " ") }
}
