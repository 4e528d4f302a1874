import ArgumentParser
import Metering

/// The limits of a key or an account, as flags.
struct LimitOptions: ParsableArguments {
    @Option(help: "Requests per minute.") var requestsPerMinute: Int64?
    @Option(help: "Tokens per minute, prompts and answers together.") var tokensPerMinute: Int64?
    @Option(help: "Requests per day of UTC.") var requestsPerDay: Int64?
    @Option(help: "Tokens per day of UTC.") var tokensPerDay: Int64?
    @Option(help: "Requests under way at one time.") var concurrentRequests: Int64?
    @Option(help: "What may be spent in all, such as 25 or 0.5.") var budget: String?
    @Option(help: "The same in micro-units.") var budgetMicros: Int64?
    @Option(help: "What may be spent per day of UTC.") var budgetPerDay: String?
    @Option(help: "What may be spent per calendar month of UTC.") var budgetPerMonth: String?
    @Option(name: .customLong("lift"), help: "A limit to lift, by its name in `--json`, such as spend_per_day.")
    var lifted: [String] = []

    func validate() throws {
        if budget != nil, budgetMicros != nil {
            throw ValidationError("give --budget or --budget-micros, not both")
        }
        for name in lifted where LimitKind(rawValue: name) == nil {
            let names = LimitKind.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("--lift takes one of \(names)")
        }
    }

    /// What is given; a kind mapped to nil is to be lifted.
    func changes() throws -> [LimitKind: Int64?] {
        var changes: [LimitKind: Int64?] = [:]
        for name in lifted { if let kind = LimitKind(rawValue: name) { changes[kind] = .some(nil) } }
        let given: [(LimitKind, Int64?)] = [
            (.requestsPerMinute, requestsPerMinute), (.tokensPerMinute, tokensPerMinute),
            (.requestsPerDay, requestsPerDay), (.tokensPerDay, tokensPerDay),
            (.concurrentRequests, concurrentRequests), (.spend, try Self.micros(budget) ?? budgetMicros),
            (.spendPerDay, try Self.micros(budgetPerDay)), (.spendPerMonth, try Self.micros(budgetPerMonth)),
        ]
        for (kind, ceiling) in given { if let ceiling { changes[kind] = .some(ceiling) } }
        return changes
    }

    /// What is given, for something new.
    func limits() throws -> Limits {
        var limits = Limits()
        for (kind, ceiling) in try changes() { limits[kind] = ceiling }
        return limits
    }

    private static func micros(_ text: String?) throws -> Int64? { try text.map { try MicroUnits(units: $0).rawValue } }
}
