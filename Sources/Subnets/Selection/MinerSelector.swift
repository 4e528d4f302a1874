internal import Neurons
public import Subtensor
internal import Synchronization

/// Chooses the miners for a request: the subnet's top-incentive ones, tempered by what this gateway saw of them.
///
/// A miner's weight is `(incentive + floor) × reliability × quality ÷ latency`, latencies under 100 ms being alike. The best ``poolSize`` of a subnet form the pool;
/// a plan draws from it at random, by weight, so that load spreads and newcomers are tried now and then.
public final class MinerSelector: Sendable {
    /// Weight of a miner without incentive, beside 1 for the one with all of it.
    static let incentiveFloor = 0.01
    static let poolSize = 16
    /// Seconds below which a faster answer is no better.
    static let shortestLatency = 0.1
    /// How old a ranking may be before health is looked at again.
    static let rankingLifetime: Duration = .milliseconds(250)

    private struct Ranking {
        var choices: [DispatchPlan.Choice]
        var block: UInt64
        var madeAt: ContinuousClock.Instant
    }

    private let metagraphs: MetagraphStore
    private let health: MinerHealth
    private let rankings = Mutex<[Netuid: Ranking]>([:])

    public init(metagraphs: MetagraphStore, health: MinerHealth) {
        self.metagraphs = metagraphs
        self.health = health
    }

    /// - Parameter startedAt: when the request's head was read; deadlines count from then.
    public func plan(for model: ModelConfiguration, startedAt: ContinuousClock.Instant) throws(DispatchError)
        -> DispatchPlan
    {
        let now = ContinuousClock.now
        guard let ranking = ranking(of: model.netuid, now: now), !ranking.choices.isEmpty else {
            throw DispatchError(
                .noEligibleMiners, source: .chain,
                "Subnet \(model.netuid.rawValue) has no miner that can be asked now")
        }
        let count = max(model.maximumAttempts, model.fanOut)
        return DispatchPlan(
            netuid: model.netuid, block: ranking.block, choices: Self.draw(count, from: ranking.choices),
            fanOut: model.fanOut, startedAt: startedAt, deadline: startedAt + model.deadline)
    }

    /// Whether a plan for this subnet would have anyone to ask.
    public func hasMiners(in netuid: Netuid) -> Bool { ranking(of: netuid, now: .now)?.choices.isEmpty == false }

    private func ranking(of netuid: Netuid, now: ContinuousClock.Instant) -> Ranking? {
        if let known = rankings.withLock({ $0[netuid] }), now - known.madeAt < Self.rankingLifetime { return known }
        guard let snapshot = metagraphs.snapshot(of: netuid) else { return nil }
        var choices: [DispatchPlan.Choice] = []
        for candidate in snapshot.miners {
            let state = health.state(of: candidate.miner, in: netuid)
            if let until = state.breakerOpenUntil, until > now { continue }
            let incentive = Double(candidate.neuron.incentive) / 65_535
            let latency = max(state.latency ?? MinerHealth.assumedLatency, Self.shortestLatency)
            let weight = (incentive + Self.incentiveFloor) * state.reliability * state.quality / latency
            choices.append(DispatchPlan.Choice(candidate: candidate, weight: max(weight, 1e-9)))
        }
        choices.sort { $0.weight > $1.weight }
        if choices.count > Self.poolSize { choices.removeLast(choices.count - Self.poolSize) }
        let ranking = Ranking(choices: choices, block: snapshot.metagraph.block, madeAt: now)
        rankings.withLock { $0[netuid] = ranking }
        return ranking
    }

    /// Draws without replacement, each with a chance in proportion to its weight.
    static func draw(_ count: Int, from pool: [DispatchPlan.Choice]) -> [DispatchPlan.Choice] {
        var generator = SplitMix64(seed: SystemRandomNumberGenerator.seed())
        var pool = pool
        let drawn = min(count, pool.count)
        var total = pool.reduce(0) { $0 + $1.weight }
        for position in 0..<drawn {
            var point = Double.random(in: 0..<max(total, .leastNormalMagnitude), using: &generator)
            var index = pool.count - 1
            for candidate in position..<pool.count {
                point -= pool[candidate].weight
                if point < 0 {
                    index = candidate
                    break
                }
            }
            total -= pool[index].weight
            pool.swapAt(position, index)
        }
        pool.removeLast(pool.count - drawn)
        return pool
    }
}

/// A fast generator for choices that need be fair, not secret; seeded by the system for each plan.
private struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

extension SystemRandomNumberGenerator {
    fileprivate static func seed() -> UInt64 {
        var generator = SystemRandomNumberGenerator()
        return generator.next()
    }
}
