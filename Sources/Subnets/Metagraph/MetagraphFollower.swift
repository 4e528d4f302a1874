public import Logging
internal import Neurons
internal import Signing
public import Subtensor

/// Keeps the store's metagraphs fresh from a chain, block by block.
public struct MetagraphFollower: Sendable {
    private let chain: SubtensorClient
    private let store: MetagraphStore
    private let health: MinerHealth
    private let netuids: [Netuid]
    private let logger: Logger

    public init(chain: SubtensorClient, store: MetagraphStore, health: MinerHealth, netuids: [Netuid], logger: Logger) {
        self.chain = chain
        self.store = store
        self.health = health
        self.netuids = netuids
        self.logger = logger
    }

    /// Refreshes with every block until cancelled. While the chain is away the last metagraph stays in use.
    ///
    /// - Parameter blocks: numbers of new heads.
    public func run(blocks: some AsyncSequence<UInt64, Never>) async {
        await refresh()
        for await _ in blocks {
            if Task.isCancelled { return }
            await refresh()
        }
    }

    private func refresh() async {
        for netuid in netuids {
            do {
                let metagraph = try await chain.metagraph(of: netuid)
                if store.snapshot(of: netuid) == nil {
                    logger.info(
                        "Metagraph read",
                        metadata: [
                            "subnet.netuid": "\(netuid.rawValue)", "chain.block": "\(metagraph.block)",
                            "subnet.neurons": "\(metagraph.neurons.count)",
                        ])
                }
                store.publish(metagraph)
                health.retain(Set(metagraph.neurons.map(\.hotkey)), in: netuid)
            } catch {
                if Task.isCancelled { return }
                logger.warning(
                    "The metagraph could not be read; the last one stays in use",
                    metadata: ["subnet.netuid": "\(netuid.rawValue)", "error.cause": "\(error)"])
            }
        }
    }
}
