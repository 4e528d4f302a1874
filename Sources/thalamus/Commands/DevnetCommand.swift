import ArgumentParser
import Devnet
import HTTPTransport
import Logging
import ServiceLifecycle
import UnixSignals

struct DevnetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "devnet", abstract: "Run a local Subtensor: blocks, metagraph, weights, epochs.",
        discussion: "It listens on the loopback interface only; anyone who reaches it can write to it.")

    @Option(help: "The file with subnets and neurons (see config/devnet.example.yaml).") var spec: String
    @Option(help: "Port instead of the file's; 0 takes a free one.") var port: Int?
    @Option(help: "Block time instead of the file's, such as 250ms.") var blockTime: String?
    @Option(help: "Log level.") var logLevel = "info"

    func run() async throws {
        var configuration = try DevnetConfiguration(fileAt: spec)
        if let port {
            guard (0...65_535).contains(port) else { throw ValidationError("--port must be from 0 to 65535") }
            configuration.port = port
        }
        if let blockTime {
            guard let time = Duration(blockTime), time >= .milliseconds(50) else {
                throw ValidationError("--block-time must be a duration of at least 50ms, such as 250ms or 1s")
            }
            configuration.blockTime = time
        }
        let logger = Thalamus.logger(Logger.Level(rawValue: logLevel) ?? .info)
        let loops = EventLoops()
        let devnet = try await Devnet.start(configuration, on: loops, logger: logger)
        Thalamus.say("The local chain is at \(devnet.endpoint)")
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [ClosureService { try await devnet.run() }], gracefulShutdownSignals: [.sigterm, .sigint],
                logger: logger))
        try await group.run()
        await devnet.shutDown()
        await loops.shutdown()
    }
}
