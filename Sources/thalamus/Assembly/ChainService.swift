import HTTPTransport
import Logging
import ServiceLifecycle
import Subnets
import Subtensor
import Validator

/// Everything that lives off the chain: metagraphs by the block, and the validator where it is switched on.
struct ChainService: Service {
    let system: GatewaySystem

    func run() async throws {
        let chain = SubtensorClient(system.chain, on: system.loops, logger: system.logger)
        await cancelWhenGracefulShutdown { await follow(chain) }
    }

    private func follow(_ chain: SubtensorClient) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await chain.run() }
            let follower = MetagraphFollower(
                chain: chain, store: system.metagraphs, health: system.health, netuids: system.catalogue.netuids,
                logger: system.logger)
            group.addTask { await follower.run(blocks: chain.heads().map(\.number)) }
            if system.configuration.validation.isEnabled { validate(on: chain, in: &group) }
            await group.waitForAll()
        }
    }

    private func validate(on chain: SubtensorClient, in group: inout TaskGroup<Void>) {
        let settings = system.configuration.validation
        let chats = system.catalogue.models.filter { $0.task == .chat }
        var seen: Set<Netuid> = []
        for model in chats where seen.insert(model.netuid).inserted {
            guard settings.netuids?.contains(model.netuid) ?? true, let entry = system.catalogue[model.id] else {
                continue
            }
            let prober = Prober(
                settings.configuration, entry: entry, metagraphs: system.metagraphs, dispatcher: system.dispatcher,
                logger: system.logger)
            let setter = WeightSetter(
                settings.configuration, netuid: model.netuid, book: system.book, metagraphs: system.metagraphs,
                chain: chain, signer: system.signer, logger: system.logger)
            group.addTask { [loops = system.loops] in try? await loops.run { try await prober.run() } }
            group.addTask { await setter.run(blocks: chain.heads().map(\.number)) }
        }
    }
}
