import ArgumentParser
import HTTPTransport
import Logging

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run the gateway, and the validator when configured.",
        discussion: "Ends on SIGTERM or SIGINT: readiness falls, requests finish within `server.drain_grace`.")

    @OptionGroup var options: ConfigurationOptions
    @Option(help: "Listen on this port instead of the file's.") var port: Int?
    @Option(help: "Log level instead of the file's.") var logLevel: String?

    func run() async throws {
        var configuration = try options.load()
        if let port {
            guard (0...65_535).contains(port) else { throw ValidationError("--port must be from 0 to 65535") }
            configuration.server.port = port
        }
        if let logLevel {
            guard let level = Logger.Level(rawValue: logLevel) else {
                throw ValidationError(
                    "--log-level must be one of \(Logger.Level.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            configuration.logLevel = level
        }
        let loops = EventLoops(count: configuration.loops)
        let system = try await GatewaySystem.start(
            configuration, on: loops, logger: Thalamus.logger(configuration.logLevel))
        try await system.run()
        await loops.shutdown()
    }
}

/// `--config`, for every command that needs it.
struct ConfigurationOptions: ParsableArguments {
    @Option(name: .shortAndLong, help: "The configuration file (see config/thalamus.example.yaml).")
    var config = "config/thalamus.yaml"

    func load() throws -> ThalamusConfiguration { try ThalamusConfiguration(fileAt: config) }
}
