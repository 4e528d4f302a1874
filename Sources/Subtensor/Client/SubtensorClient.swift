public import HTTPTransport
public import Logging
internal import Signing
public import Substrate
internal import Synchronization

/// Bittensor's view of the chain: subnets, neurons, weights.
///
/// Reads are made at one block each and say which. Run ``run()`` as a service; until it has a connection calls wait
/// within their deadline. Errors are ``SubtensorError``, or `SubstrateError` from below.
public final class SubtensorClient: Sendable {
    public let chain: ChainClient
    let logger: Logger
    /// Seals weights for subnets that take them only as timelocked commits.
    let timelock: (any WeightTimelock)?
    private let background = Mutex<Task<Void, Never>?>(nil)

    /// - Parameter timelock: with nil, weights of subnets with commit-reveal cannot be set.
    public init(
        _ configuration: ChainClientConfiguration, on loops: EventLoops, logger: Logger,
        timelock: (any WeightTimelock)? = QuicknetTimelock()
    ) {
        var configuration = configuration
        configuration.customErrors = CustomErrors.all
        configuration.assumedAPIs = .subtensor
        chain = ChainClient(configuration, on: loops, logger: logger)
        self.logger = logger
        self.timelock = timelock
    }

    public convenience init(
        endpoints: [String], on loops: EventLoops, logger: Logger, timelock: (any WeightTimelock)? = QuicknetTimelock()
    ) {
        self.init(ChainClientConfiguration(endpoints: endpoints), on: loops, logger: logger, timelock: timelock)
    }

    /// A client that is connected, for callers without a service group; ``close()`` ends it.
    public static func connect(
        endpoints: [String], on loops: EventLoops, logger: Logger, timelock: (any WeightTimelock)? = QuicknetTimelock()
    ) async throws -> SubtensorClient {
        try await connect(ChainClientConfiguration(endpoints: endpoints), on: loops, logger: logger, timelock: timelock)
    }

    /// The same with all that can be configured.
    public static func connect(
        _ configuration: ChainClientConfiguration, on loops: EventLoops, logger: Logger,
        timelock: (any WeightTimelock)? = QuicknetTimelock()
    ) async throws -> SubtensorClient {
        let client = SubtensorClient(configuration, on: loops, logger: logger, timelock: timelock)
        client.background.withLock { $0 = Task { await client.run() } }
        do {
            _ = try await client.chain.runtime()
        } catch {
            await client.close()
            throw error
        }
        return client
    }

    /// Stays connected until the task is cancelled.
    public func run() async { await chain.run() }

    /// Ends a client made by ``connect(endpoints:on:logger:)``.
    public func close() async {
        let task = background.withLock { task in
            defer { task = nil }
            return task
        }
        task?.cancel()
        await task?.value
    }

    /// New best heads until the client closes; goes on after a reconnect. A reader that lags misses some.
    public func heads() -> AsyncStream<Head> { heads(finalized: false) }

    /// Finalized heads until the client closes.
    public func finalizedHeads() -> AsyncStream<Head> { heads(finalized: true) }

    private func heads(finalized: Bool) -> AsyncStream<Head> {
        let (stream, sink) = AsyncStream.makeStream(of: Head.self, bufferingPolicy: .bufferingNewest(16))
        // Cancelled when the stream's reader is gone.
        let feeder = Task { [chain, logger] in
            while !Task.isCancelled {
                do {
                    for try await header in chain.heads(finalized: finalized) {
                        sink.yield(Head(number: header.number, hash: header.hash.hex))
                    }
                    break
                } catch let error as SubstrateError where error.code != .clientClosed {
                    logger.debug("Chain heads are read anew", metadata: ["error.cause": "\(error)"])
                    try? await Task.sleep(for: .seconds(1))
                } catch {
                    break
                }
            }
            sink.finish()
        }
        sink.onTermination = { _ in feeder.cancel() }
        return stream
    }
}
