import ArgumentParser
import Metering

struct DatabaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "db", abstract: "Look after the metering database.", subcommands: [Migrate.self, Audit.self])

    struct Migrate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Bring the database to this version's schema; one process at a time does it.")
        @OptionGroup var options: ConfigurationOptions
        @Flag(help: "Only print the statements that would run.") var dryRun = false

        func run() async throws {
            let metering = try options.load().metering
            let migrations =
                dryRun
                ? try await Administration.pendingMigrations(metering) : try await Administration.migrate(metering)
            guard !migrations.isEmpty else { return print("the schema is up to date") }
            for migration in migrations {
                print("-- \(dryRun ? "would apply" : "applied") version \(migration.version)")
                if dryRun { for statement in migration.statements { print(statement + ";") } }
            }
        }
    }

    struct Audit: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Verify the audit log's chain of hashes, and print it on request.")
        @OptionGroup var options: ConfigurationOptions
        @Flag(help: "Print every record.") var list = false

        func run() async throws {
            let administration = try await Administration.open(options.load().metering)
            if list {
                var next: Int64 = 1
                while true {
                    let records = try await administration.audit(from: next)
                    guard let last = records.last else { break }
                    next = last.sequence + 1
                    for record in records {
                        let detail = record.detail.split(separator: "\n").joined(separator: " ")
                        print(
                            "\(record.sequence) \(record.at) \(record.actor) \(record.action) \(record.subject) \(detail)"
                        )
                    }
                }
            }
            let result = try await administration.verifyAudit()
            await administration.close()
            if let broken = result.broken {
                print("the log is broken at record \(broken): it was changed, or records are missing")
                throw ExitCode(1)
            }
            print("\(result.count) records, whole; last hash \(result.last)")
        }
    }
}
