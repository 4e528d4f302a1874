public import HTTPTransport
public import Logging
import NIOCore
public import Subtensor
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A local Subtensor for development and tests: one node, no consensus with others, nothing kept on disk.
///
///     let devnet = try await Devnet.start(configuration, on: loops, logger: logger)
///     try await devnet.run()        // makes blocks until it is cancelled
///
/// Without ``run(clock:)`` the chain stands still, and ``produceBlock()`` moves it by one block.
public final class Devnet: Sendable {
    private let chain: Chain
    private let server: HTTPServer
    private let configuration: DevnetConfiguration
    private let logger: Logger

    private init(_ chain: Chain, _ server: HTTPServer, _ configuration: DevnetConfiguration, _ logger: Logger) {
        self.chain = chain
        self.server = server
        self.configuration = configuration
        self.logger = logger
    }

    /// Makes the genesis block and listens.
    ///
    /// - Throws: ``DevnetError`` with code `invalidConfiguration`; the transport's error when the address is taken.
    public static func start(
        _ configuration: DevnetConfiguration, on loops: EventLoops, logger: Logger
    ) async throws -> Devnet {
        try configuration.validate()
        let chain = try Chain(configuration)
        let responder = RPCServer(chain, logger: logger)
        var listener = HTTPServerConfiguration()
        listener.host = configuration.host
        listener.port = configuration.port
        listener.maximumBodyBytes = RPCServer.maximumMessageBytes
        listener.maximumWebSocketMessageBytes = RPCServer.maximumMessageBytes
        listener.maximumConnections = 512
        let server = try await HTTPServer.start(
            listener, on: loops, responder: responder, webSocket: { await responder.serve($0) }, logger: logger)
        let devnet = Devnet(chain, server, configuration, logger)
        logger.info("Local chain listens", metadata: ["chain.endpoint": "\(devnet.endpoint)"])
        return devnet
    }

    public var port: Int { server.port }

    /// Where clients connect, such as `ws://127.0.0.1:9944`.
    public var endpoint: String {
        let host = configuration.host.contains(":") ? "[\(configuration.host)]" : configuration.host
        return "ws://\(host):\(port)"
    }

    /// The number of the newest block.
    public var blockNumber: UInt64 { UInt64(chain.head.number) }

    /// Makes a block every block time until the task is cancelled.
    public func run(clock: any Clock<Duration> = ContinuousClock()) async throws {
        while !Task.isCancelled {
            do {
                try await clock.sleep(for: configuration.blockTime)
            } catch is CancellationError {
                return
            }
            produceBlock()
        }
    }

    /// Makes one block now.
    @discardableResult
    public func produceBlock() -> UInt64 {
        let block = chain.produceBlock(now: Self.unixMilliseconds())
        logger.trace(
            "Block made",
            metadata: ["chain.block": "\(block.number)", "chain.extrinsics": "\(block.extrinsics.count)"])
        return UInt64(block.number)
    }

    /// Registers a neuron without burn, in a block of its own.
    ///
    /// - Throws: ``DevnetError`` with code `refused` when the subnet does not exist or is full, or the hotkey is
    ///   registered there.
    @discardableResult
    public func register(_ neuron: DevnetConfiguration.Neuron, on netuid: Netuid) throws(DevnetError) -> UID {
        var result: Result<UID, PalletError> = .failure(.subnetNotExists)
        chain.produceBlock(now: Self.unixMilliseconds()) { pallet in
            result = Result { () throws(PalletError) in try pallet.add(neuron, to: netuid) }
        }
        do throws(PalletError) {
            return try result.get()
        } catch {
            throw DevnetError(.refused, "\(error.name) on subnet \(netuid.rawValue)")
        }
    }

    /// Stops listening and closes the connections.
    public func shutDown() async { await server.shutDown(grace: .milliseconds(200)) }

    private static func unixMilliseconds() -> UInt64 {
        var time = timespec()
        guard clock_gettime(CLOCK_REALTIME, &time) == 0, time.tv_sec >= 0 else { return 0 }
        return UInt64(time.tv_sec) &* 1_000 &+ UInt64(time.tv_nsec) / 1_000_000
    }
}
