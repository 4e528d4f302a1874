import ArgumentParser
import Foundation
import HTTPTransport
import JSON
import Metering
import NIOCore

struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Create, list and revoke API keys; works with the server down.",
        subcommands: [Create.self, Update.self, Rotate.self, List.self, Revoke.self])

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Create a key and print it, once.",
            discussion: "Only a keyed hash of the key is kept: what is printed can't be shown again.")

        @OptionGroup var options: ConfigurationOptions
        @Option(help: "What the key is for.") var name: String
        @Option(help: "The account it belongs to.") var account = "default"
        @OptionGroup var limits: LimitOptions
        @OptionGroup var scope: ScopeOptions
        @Option(help: "Days until it expires; default: never.") var expiresInDays: Int?
        @Option(help: "A file that holds the key to create, instead of a random one.") var secretFile: String?
        @Flag(help: "Print JSON.") var json = false

        func validate() throws {
            if let expiresInDays, !(1...36_500).contains(expiresInDays) {
                throw ValidationError("--expires-in-days must be from 1 to 36500")
            }
        }

        func run() async throws {
            var new = Administration.NewKey(account: account, name: name)
            new.limits = try limits.limits()
            new.scope = scope.scope
            new.expiresAt = expiresInDays.map {
                MeteringConfiguration.unixMilliseconds() + Int64($0) * 86_400_000
            }
            new.secret = try secretFile.map {
                try String(contentsOfFile: $0, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
            }
            let administration = try await Administration.open(options.load().metering)
            let (key, secret) = try await administration.create(new)
            await administration.close()
            guard json else { return print(secret) }
            var writer = JSONWriter()
            writer.beginObject()
            writer.member("id", key.id)
            writer.member("key", secret)
            writer.member("name", key.name)
            writer.member("account", key.account)
            writer.endObject()
            print(String(buffer: writer.buffer))
        }
    }

    /// What a key may be used for.
    struct ScopeOptions: ParsableArguments {
        @Option(name: .customLong("model"), help: "A model it may use, or several by a trailing *; repeatable.")
        var models: [String] = []
        @Option(name: .customLong("endpoint"), help: "A route it may use, such as /v1/embeddings; repeatable.")
        var endpoints: [String] = []
        @Option(name: .customLong("address"), help: "A client's address or range it may be used from; repeatable.")
        var addresses: [String] = []

        func validate() throws {
            for text in addresses where IPRange(text) == nil {
                throw ValidationError("--address takes an IP address or a range such as 192.0.2.0/24, not \(text)")
            }
        }

        var scope: KeyScope { KeyScope(models: models, endpoints: endpoints, addresses: addresses) }
    }

    struct Update: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Change a key; running gateways follow within a second.")
        @OptionGroup var options: ConfigurationOptions
        @OptionGroup var limits: LimitOptions
        @OptionGroup var scope: ScopeOptions
        @Argument(help: "The key's id, as `keys list` shows it.") var id: String
        @Option(help: "What the key is for.") var name: String?

        func run() async throws {
            var change = Administration.KeyChange()
            change.name = name
            change.limits = try limits.changes()
            // A part that is not given stays as it is.
            change.models = scope.models.isEmpty ? nil : scope.models
            change.endpoints = scope.endpoints.isEmpty ? nil : scope.endpoints
            change.addresses = scope.addresses.isEmpty ? nil : scope.addresses
            let administration = try await Administration.open(options.load().metering)
            _ = try await administration.update(id, change)
            await administration.close()
            print("\(id) is changed")
        }
    }

    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give a key another secret and print it, once.",
            discussion: "The old secret works on for the overlap.")
        @OptionGroup var options: ConfigurationOptions
        @Argument(help: "The key's id, as `keys list` shows it.") var id: String
        @Option(help: "Minutes for which the old secret works on.") var overlapMinutes = 60

        func validate() throws {
            guard (0...525_600).contains(overlapMinutes) else {
                throw ValidationError("--overlap-minutes must be from 0 to 525600")
            }
        }

        func run() async throws {
            let administration = try await Administration.open(options.load().metering)
            let (_, secret) = try await administration.rotate(id, overlap: .seconds(overlapMinutes * 60))
            await administration.close()
            print(secret)
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List all keys, without their secrets.")
        @OptionGroup var options: ConfigurationOptions
        @Option(help: "Only this account's.") var account: String?
        @Flag(help: "Print JSON.") var json = false

        func run() async throws {
            let administration = try await Administration.open(options.load().metering)
            let keys = try await administration.list(account: account)
            await administration.close()
            if json { return print(Self.json(keys)) }
            Table(
                ["ID", "ACCOUNT", "NAME", "KEY", "REQ/MIN", "BUDGET", "SPENT", "STATE"],
                keys.map { status in
                    let key = status.key
                    return [
                        key.id, key.account, key.name, "…\(key.lastFour)",
                        key.requestsPerMinute.map(String.init) ?? "-",
                        key.budget.map { "\($0)" } ?? "-", "\(status.spent)", Self.state(of: key),
                    ]
                }
            ).print()
        }

        private static func state(of key: APIKey) -> String {
            if key.revokedAt != nil { return "revoked" }
            if let expiry = key.expiresAt, expiry <= MeteringConfiguration.unixMilliseconds() { return "expired" }
            return "active"
        }

        private static func json(_ keys: [KeyStatus]) -> String {
            var writer = JSONWriter()
            writer.beginArray()
            for status in keys {
                writer.beginObject()
                writer.member("id", status.key.id)
                writer.member("account", status.key.account)
                writer.member("name", status.key.name)
                writer.member("last_four", status.key.lastFour)
                writer.member("requests_per_minute", optional: status.key.requestsPerMinute)
                writer.member("budget_micros", optional: status.key.budget?.rawValue)
                writer.member("spent_micros", status.spent.rawValue)
                writer.member("state", state(of: status.key))
                writer.endObject()
            }
            writer.endArray()
            return String(buffer: writer.buffer)
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End a key for good; running gateways refuse it within a second.")
        @OptionGroup var options: ConfigurationOptions
        @Argument(help: "The key's id, as `keys list` shows it.") var id: String

        func run() async throws {
            let administration = try await Administration.open(options.load().metering)
            try await administration.revoke(id)
            await administration.close()
            print("\(id) is revoked")
        }
    }
}
