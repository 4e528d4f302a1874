import ArgumentParser
import Devnet
import Foundation
import HTTPTransport
import Logging
import Subnets

struct DevCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dev",
        abstract: "Everything on this machine: local chain, sample miners, gateway, validator, SQLite, one API key.")

    @Option(help: "The gateway's port; 0 takes a free one.") var port = 8_080
    @Option(help: "Folder for the database, usage and the key.") var data = "data/dev"
    @Option(help: "Block time of the local chain.") var blockTime = "500ms"
    @Option(help: "Log level.") var logLevel = "info"

    func run() async throws {
        guard (0...65_535).contains(port) else { throw ValidationError("--port must be from 0 to 65535") }
        guard let blockTime = Duration(blockTime), blockTime >= .milliseconds(50) else {
            throw ValidationError("--block-time must be a duration of at least 50ms, such as 500ms")
        }
        guard let level = Logger.Level(rawValue: logLevel) else {
            throw ValidationError(
                "--log-level must be one of \(Logger.Level.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        let loops = EventLoops()
        let system = try await DevSystem.start(
            port: port, data: URL(filePath: data).path, blockTime: blockTime, on: loops, logger: Thalamus.logger(level))
        let greeting = Self.greeting(system)
        try await system.run { Thalamus.say(greeting) }
        await loops.shutdown()
    }

    private static func greeting(_ system: DevSystem) -> String {
        let url = "http://127.0.0.1:\(system.gateway.server.port)"
        let body = #"{"model":"thalamus-text","messages":[{"role":"user","content":"What is 17 + 25?"}]}"#
        let stream =
            #"{"model":"thalamus-text","stream":true,"messages":[{"role":"user","content":"Tell me about miners."}]}"#
        let head = "-H 'Authorization: Bearer \(system.apiKey)' -H 'Content-Type: application/json'"
        return """

            Thalamus is running: a local chain at \(system.devnet.endpoint), \(system.miners.count) sample miners, the gateway and its validator.

              API key    \(system.apiKey)
              base_url   \(url)/v1
              models     \(system.gateway.catalogue.models.map(\.id).joined(separator: ", "))
              readiness  \(url)/ready

            Ask it:

              curl \(url)/v1/chat/completions \(head) -d '\(body)'

              curl -N \(url)/v1/chat/completions \(head) -d '\(stream)'

            Ctrl-C ends it; the database and the key stay in the data folder.

            """
    }
}
