import ArgumentParser
import Metering

struct AccountsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "accounts", abstract: "Accounts, their limits over all keys, and their credit.",
        subcommands: [Create.self, Update.self, List.self, TopUp.self])

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make an account.")
        @OptionGroup var options: ConfigurationOptions
        @OptionGroup var limits: LimitOptions
        @OptionGroup var terms: TermsOptions
        @Argument(help: "Its id.") var id: String
        @Option(help: "A name for people.") var name: String?
        @Option(help: "The plan it is on.") var plan: String?

        func run() async throws {
            var setup = Administration.AccountChange()
            setup.name = name
            setup.plan = plan.map { .some($0) }
            setup.marginBasisPoints = terms.marginBps.map { .some($0) }
            setup.limits = try limits.changes().merging(terms.changes()) { $1 }
            let administration = try await Administration.open(options.load().metering)
            let account = try await administration.createAccount(id, setup)
            await administration.close()
            print("\(account.id) is made")
        }
    }

    struct Update: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Change an account; running gateways follow within a second.")
        @OptionGroup var options: ConfigurationOptions
        @OptionGroup var limits: LimitOptions
        @OptionGroup var terms: TermsOptions
        @Argument(help: "Its id.") var id: String
        @Option(help: "A name for people.") var name: String?
        @Option(help: "The plan it is on; an empty text takes it off its plan.") var plan: String?
        @Flag(inversion: .prefixedNo, help: "Have its keys work, or not.") var open: Bool?

        func run() async throws {
            var change = Administration.AccountChange()
            change.name = name
            change.plan = plan.map { $0.isEmpty ? nil : $0 }
            change.marginBasisPoints = terms.marginBps.map { .some($0) }
            change.limits = try limits.changes().merging(terms.changes()) { $1 }
            change.isClosed = open.map { !$0 }
            let administration = try await Administration.open(options.load().metering)
            let account = try await administration.updateAccount(id, change)
            await administration.close()
            print("\(account.id) is changed")
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List all accounts.")
        @OptionGroup var options: ConfigurationOptions

        func run() async throws {
            let administration = try await Administration.open(options.load().metering)
            let accounts = try await administration.accounts()
            await administration.close()
            Table(
                ["ID", "NAME", "PLAN", "LIMITS", "SPENT", "CREDIT LEFT", "STATE"],
                accounts.map { account in
                    [
                        account.id, account.name, account.plan ?? "-",
                        account.limits.summary,
                        "\(account.spent)", account.creditLeft.map { "\($0)" } ?? "-",
                        account.closedAt == nil ? "open" : "closed",
                    ]
                }
            ).print()
        }
    }

    struct TopUp: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Pay credit in, or take it back with a minus.",
            discussion: "From the first payment on the account's requests need credit to be admitted.")
        @OptionGroup var options: ConfigurationOptions
        @Argument(help: "The account's id.") var id: String
        @Option(parsing: .unconditional, help: "Micro-units; below zero takes back.") var micros: Int64
        @Option(help: "The payment's own id: the same one again changes nothing.") var payment: String
        @Option(help: "For people.") var reason = ""

        func run() async throws {
            let administration = try await Administration.open(options.load().metering)
            let isNew = try await administration.topUp(id, by: MicroUnits(micros), id: payment, reason: reason)
            let left = try await administration.account(id).creditLeft ?? .zero
            await administration.close()
            print("\(isNew ? "booked" : "was booked before"); \(left) left")
        }
    }
}
