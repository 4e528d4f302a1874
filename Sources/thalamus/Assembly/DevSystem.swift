import Devnet
import Foundation
import HTTPTransport
import Logging
import Metering
import Neurons
import ServiceLifecycle
import Signing
import Subnets
import Subtensor
import Validator

/// A whole Bittensor on one machine: a local chain, sample miners of differing quality, and the gateway with its validator.
struct DevSystem {
    /// One sample miner.
    struct SampleMiner {
        var uri: String
        var quality: Double
        var latency: Duration
        var tokenDelay: Duration
        var failures: Double

        static let all = [
            SampleMiner(
                uri: "//Miner1", quality: 1, latency: .milliseconds(10), tokenDelay: .milliseconds(15), failures: 0),
            SampleMiner(
                uri: "//Miner2", quality: 0.9, latency: .milliseconds(80), tokenDelay: .milliseconds(25), failures: 0),
            SampleMiner(
                uri: "//Miner3", quality: 0.6, latency: .milliseconds(300), tokenDelay: .milliseconds(40),
                failures: 0.05),
            SampleMiner(
                uri: "//Miner4", quality: 0.2, latency: .milliseconds(50), tokenDelay: .milliseconds(20), failures: 0.2),
        ]
    }

    static let validatorURI = "//Validator"
    static let netuid = Netuid(1)

    let gateway: GatewaySystem
    let devnet: Devnet
    let miners: [HTTPServer]
    let apiKey: String

    /// - Parameters:
    ///   - data: where the database, the spool and the key are kept between runs.
    ///   - blockTime: of the local chain.
    static func start(port: Int, data: String, blockTime: Duration, on loops: EventLoops, logger: Logger) async throws
        -> DevSystem
    {
        try FileManager.default.createDirectory(
            atPath: data, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        var miners: [HTTPServer] = []
        for sample in SampleMiner.all { miners.append(try await start(sample, on: loops, logger: logger)) }
        let devnet = try await Devnet.start(
            try chain(miners: miners, blockTime: blockTime), on: loops, logger: logger)
        let configuration = configuration(port: port, data: data, endpoint: devnet.endpoint)
        let apiKey = try await key(configuration.metering, keptAt: data + "/key")
        let gateway = try await GatewaySystem.start(configuration, on: loops, logger: logger)
        return DevSystem(gateway: gateway, devnet: devnet, miners: miners, apiKey: apiKey)
    }

    /// Runs until SIGTERM or SIGINT.
    ///
    /// - Parameter onReady: called once, when the first request can be answered.
    func run(onReady: @escaping @Sendable () -> Void) async throws {
        let chain = ClosureService { [devnet] in try await devnet.run() }
        let greeting = ClosureService { [metagraphs = gateway.metagraphs] in
            while metagraphs.snapshot(of: Self.netuid) == nil { try await Task.sleep(for: .milliseconds(10)) }
            onReady()
            try await gracefulShutdown()
        }
        try await gateway.run(besides: [chain, greeting])
        await devnet.shutDown()
        for miner in miners { await miner.shutDown(grace: .zero) }
    }

    private static func start(_ sample: SampleMiner, on loops: EventLoops, logger: Logger) async throws -> HTTPServer {
        var model = SampleModel.Configuration()
        model.quality = sample.quality
        model.latency = sample.latency
        model.tokenDelay = sample.tokenDelay
        model.failureProbability = sample.failures
        let axon = Axon(
            keyPair: try SR25519KeyPair(uri: sample.uri), model: SampleModel(configuration: model), logger: logger)
        return try await HTTPServer.start(HTTPServerConfiguration(), on: loops, responder: axon, logger: logger)
    }

    /// A subnet with our validator at UID 0 and the sample miners behind it.
    private static func chain(miners: [HTTPServer], blockTime: Duration) throws -> DevnetConfiguration {
        func neuron(_ uri: String) throws -> DevnetConfiguration.Neuron {
            let account = try SR25519KeyPair(uri: uri).accountID
            return DevnetConfiguration.Neuron(hotkey: Hotkey(account), coldkey: Coldkey(account))
        }
        var validator = try neuron(validatorURI)
        validator.stake = Rao(1_000_000_000_000)
        validator.hasValidatorPermit = true
        var subnet = DevnetConfiguration.Subnet(netuid: netuid, neurons: [validator])
        guard let loopback = IPAddress("127.0.0.1") else { preconditionFailure("a literal address parses") }
        for (sample, server) in zip(SampleMiner.all, miners) {
            var miner = try neuron(sample.uri)
            miner.axon = AxonInfo(
                version: 10_005_000, ip: loopback.chainForm.value, port: UInt16(clamping: server.port),
                ipType: loopback.chainForm.ipType)
            subnet.neurons.append(miner)
        }
        var chain = DevnetConfiguration(subnets: [subnet])
        chain.port = 0
        chain.blockTime = blockTime
        return chain
    }

    private static func configuration(port: Int, data: String, endpoint: String) -> ThalamusConfiguration {
        var configuration = ThalamusConfiguration()
        configuration.server.port = port
        configuration.metering = MeteringConfiguration(
            database: .sqlite(path: data + "/thalamus.sqlite"), stateDirectory: data + "/state")
        configuration.chain.endpoints = [endpoint]
        configuration.chain.network = .local
        configuration.hotkeyURI = validatorURI
        configuration.subnets = [SubnetConfiguration(netuid: netuid, name: "text", chat: .init(), embedding: .init())]
        let price = Price(
            perMillionPromptTokens: MicroUnits(150_000), perMillionCompletionTokens: MicroUnits(600_000))
        var best = ModelConfiguration(id: "thalamus-text-best", netuid: netuid, price: price)
        best.strategy = .best
        best.fanOut = 3
        var embedding = ModelConfiguration(id: "thalamus-embedding", netuid: netuid, price: price)
        embedding.task = .embedding
        configuration.models = [ModelConfiguration(id: "thalamus-text", netuid: netuid, price: price), best, embedding]
        configuration.validation.isEnabled = true
        configuration.validation.configuration.probeInterval = .seconds(2)
        configuration.drainGrace = .seconds(5)
        return configuration
    }

    /// The key of earlier runs, or a new one that is kept for later ones.
    private static func key(_ metering: MeteringConfiguration, keptAt path: String) async throws -> String {
        if let kept = try? String(contentsOfFile: path, encoding: .utf8), !kept.isEmpty { return kept }
        let administration = try await Administration.open(metering)
        let (_, secret) = try await administration.create(Administration.NewKey(account: "default", name: "dev"))
        await administration.close()
        guard
            FileManager.default.createFile(
                atPath: path, contents: Data(secret.utf8), attributes: [.posixPermissions: 0o600])
        else { throw ConfigurationError("\(path): can't be written; give another folder with --data") }
        return secret
    }
}
