import Foundation
import Gateway
import HTTPTransport
import Logging
import Metering
import NIOHTTP1
import Neurons
import ServiceLifecycle
import Signing
import Subnets
import Substrate
import Subtensor
import Synchronization
import UnixSignals
import Validator

/// The gateway and all it stands on, wired together: what `serve` and `dev` run.
struct GatewaySystem {
    let configuration: ThalamusConfiguration
    let loops: EventLoops
    let logger: Logger
    let ledger: Ledger
    let signer: SR25519KeyPair
    let catalogue: ModelCatalogue
    let metagraphs: MetagraphStore
    let health: MinerHealth
    let dispatcher: Dispatcher
    let book: ScoreBook
    let server: HTTPServer
    let admin: AdminListener?
    let chain: ChainClientConfiguration
    private let client: HTTPClient
    private let drain: Drain

    /// Where scores are kept between runs.
    private var bookPath: String { configuration.metering.stateDirectory + "/scores.json" }

    /// Opens the ledger and begins to listen; nothing else needs the outside yet.
    static func start(_ configuration: ThalamusConfiguration, on loops: EventLoops, logger: Logger) async throws
        -> GatewaySystem
    {
        let signer = try configuration.signer()
        let chain = try configuration.chain.client()
        let catalogue = try ModelCatalogue(models: configuration.models, subnets: configuration.subnets)
        let ledger = try await Ledger.open(configuration.metering, logger: logger)
        let drain = Drain()
        let admin = try await AdminListener.start(configuration, drain: drain, on: loops, logger: logger)
        let policy: DialPolicy = configuration.chain.network == .local ? .loopbackOnly : .publicInternet
        let metagraphs = MetagraphStore(policy: policy, ownHotkey: signer.accountID.ss58)
        let health = MinerHealth()
        let book = ScoreBook()
        let client = HTTPClient(on: loops)
        let isScoring = configuration.validation.isEnabled
        let dispatcher = Dispatcher(
            dendrite: Dendrite(client: client, signer: signer), health: health, loops: loops
        ) { observation in
            if isScoring { book.record(observation) }
        }
        let gateway = Gateway(
            ledger: ledger, router: ModelRouter(catalogue: catalogue, ledger: ledger),
            selector: MinerSelector(metagraphs: metagraphs, health: health), dispatcher: dispatcher,
            readiness: Readiness(
                ledger: ledger, catalogue: catalogue, metagraphs: metagraphs, isDraining: { drain.isDraining }),
            logger: logger)
        var listener = configuration.server
        listener.errorBody = OpenAIError.transportAnswer
        FileLimit.raise(forConnections: listener.maximumConnections, logger: logger)
        let server = try await HTTPServer.start(listener, on: loops, responder: gateway, logger: logger)
        logger.info("Listening", metadata: listener.metadata(port: server.port))
        return GatewaySystem(
            configuration: configuration, loops: loops, logger: logger, ledger: ledger, signer: signer,
            catalogue: catalogue, metagraphs: metagraphs, health: health, dispatcher: dispatcher, book: book,
            server: server, admin: admin, chain: chain, client: client, drain: drain)
    }

    /// Runs everything until SIGTERM or SIGINT; services end in reverse order, the ledger last.
    ///
    /// - Parameter besides: what else runs as long; ends after the gateway's own.
    func run(besides: [any Service] = []) async throws {
        var services: [any Service] = besides
        services.append(ledger)
        if let admin { services.append(admin) }
        if configuration.chain.endpoints.isEmpty {
            for metagraph in Self.metagraphs(of: configuration.chain.miners) { metagraphs.publish(metagraph) }
        } else {
            services.append(ChainService(system: self))
        }
        if configuration.validation.isEnabled {
            services.append(ScoreKeeper(book: book, path: bookPath, logger: logger))
        }
        for certificate in [configuration.server.tls, configuration.admin?.listener.tls].compactMap(\.self) {
            services.append(CertificateService(certificate: certificate, logger: logger))
        }
        services.append(
            ServerService(
                server: server, delay: configuration.drainDelay, grace: configuration.drainGrace, drain: drain))
        let group = ServiceGroup(configuration: ServiceGroupConfiguration(services: services, logger: logger))
        try await group.run(draining: drain, logger: logger)
        await client.shutDown()
    }

    /// Tables for miners that are on no chain.
    private static func metagraphs(of miners: [StaticMiner]) -> [Metagraph] {
        Dictionary(grouping: miners, by: \.netuid).map { netuid, miners in
            let neurons = miners.enumerated().map { index, miner in
                Neuron(
                    uid: UID(miner.uid ?? UInt16(clamping: index)), hotkey: miner.hotkey,
                    coldkey: Coldkey(miner.hotkey.account),
                    axon: AxonInfo(
                        ip: miner.ip.chainForm.value, port: miner.port, ipType: miner.ip.chainForm.ipType),
                    incentive: miner.incentive)
            }
            return Metagraph(netuid: netuid, neurons: neurons)
        }
    }
}

extension HTTPServerConfiguration {
    /// Where the server listens, for the log.
    func metadata(port: Int) -> Logger.Metadata {
        if let unixSocket { return ["server.unix_socket": "\(unixSocket)", "server.tls": "\(tls != nil)"] }
        return ["server.host": "\(host)", "server.port": "\(port)", "server.tls": "\(tls != nil)"]
    }
}

extension ThalamusConfiguration.Chain {
    /// How the chain's nodes are reached; reads the files of authorities.
    func client() throws -> ChainClientConfiguration {
        var client = ChainClientConfiguration(endpoints: endpoints)
        client.genesisHash = genesisHash
        client.headTimeout = headTimeout
        client.maximumLag = maximumLag
        if caFile != nil || !crlFiles.isEmpty {
            var tls = TLSClientConfiguration()
            if let caFile { tls.trustRoots = .file(caFile) }
            tls.revocationLists = crlFiles
            client.tls = try TLSContext(tls)
        }
        return client
    }
}

extension ThalamusConfiguration {
    /// The key that signs requests and weights.
    func signer() throws -> SR25519KeyPair {
        if let hotkeyFile { return try Wallet.hotkey(fileAt: hotkeyFile) }
        return try SR25519KeyPair(uri: hotkeyURI ?? "")
    }
}
