import ArgumentParser
import HTTPTransport
import Logging
import Neurons
import ServiceLifecycle
import Signing
import UnixSignals

struct MinerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "miner", abstract: "Run an axon in front of a model.",
        discussion: """
            It speaks both dialects: POST /ChatSynapse, /ChatStreamSynapse and /EmbeddingSynapse signed as SDK v10 does, \
            and OpenAI's paths below /v1/ signed with btauth/1. The model is a small built-in one, or any \
            OpenAI-compatible server named with --upstream.
            """)

    @Option(help: "The hotkey's file (official layout, mode 0600).") var hotkeyFile: String?
    @Option(help: "A development hotkey such as //Miner1, instead of a file.") var hotkeyURI: String?
    @Option(help: "Address to listen on.") var host = "127.0.0.1"
    @Option(help: "Port to listen on; 0 takes a free one.") var port = 8_091
    @Option(help: "An OpenAI-compatible server, such as http://127.0.0.1:8000/v1.") var upstream: String?
    @Option(help: "The model's name there; default: what the caller names.") var upstreamModel = ""
    @Option(help: "Quality of the built-in model, 0 to 1: below 1 it errs now and then.") var quality = 1.0
    @Option(help: "Delay of the built-in model before an answer, such as 20ms.") var latency: String?
    @Option(help: "Delay between its tokens.") var tokenDelay: String?
    @Option(help: "Share of requests it fails, 0 to 1.") var failures = 0.0
    @Option(help: "Log level.") var logLevel = "info"

    func validate() throws {
        guard (hotkeyFile != nil) != (hotkeyURI != nil) else {
            throw ValidationError("give --hotkey-file, or --hotkey-uri for development")
        }
        guard (0...1).contains(quality), (0...1).contains(failures) else {
            throw ValidationError("--quality and --failures must be from 0 to 1")
        }
        guard (0...65_535).contains(port) else { throw ValidationError("--port must be from 0 to 65535") }
        for text in [latency, tokenDelay] {
            if let text, Duration(text) == nil { throw ValidationError("\(text) is no duration such as 20ms or 1s") }
        }
    }

    func run() async throws {
        let logger = Thalamus.logger(Logger.Level(rawValue: logLevel) ?? .info)
        let keyPair = try hotkeyFile.map { try Wallet.hotkey(fileAt: $0) } ?? SR25519KeyPair(uri: hotkeyURI ?? "")
        let loops = EventLoops()
        let client = HTTPClient(on: loops)
        let axon = Axon(keyPair: keyPair, model: try model(client), logger: logger)
        var listener = HTTPServerConfiguration()
        listener.host = host
        listener.port = port
        let server = try await HTTPServer.start(listener, on: loops, responder: axon, logger: logger)
        Thalamus.say("The axon of \(axon.hotkeyText) listens on \(host):\(server.port)")
        let drain = Drain()
        let service = ServerService(server: server, delay: .zero, grace: .seconds(10), drain: drain)
        let group = ServiceGroup(configuration: ServiceGroupConfiguration(services: [service], logger: logger))
        try await group.run(draining: drain, logger: logger)
        await client.shutDown()
        await loops.shutdown()
    }

    private func model(_ client: HTTPClient) throws -> any MinerModel {
        if let upstream { return try OpenAIBackend(url: upstream, model: upstreamModel, client: client) }
        var configuration = SampleModel.Configuration()
        configuration.quality = quality
        configuration.failureProbability = failures
        configuration.latency = latency.flatMap { Duration($0) } ?? .zero
        configuration.tokenDelay = tokenDelay.flatMap { Duration($0) } ?? .zero
        return SampleModel(configuration: configuration)
    }
}
