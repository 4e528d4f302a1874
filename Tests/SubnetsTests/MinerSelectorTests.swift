import HTTPTransport
import Metering
import Neurons
import Subtensor
import Testing

@testable import Subnets

@Suite("Miner selection") struct MinerSelectorTests {
    @Test("draws each miner once and no more than there are") func draw() throws {
        let pool = try (1...5).map { DispatchPlan.Choice(candidate: try .fixture(UInt8($0)), weight: Double($0)) }
        for count in [0, 1, 3, 5, 9] {
            let uids = MinerSelector.draw(count, from: pool).map(\.miner.uid)
            #expect(uids.count == min(count, 5))
            #expect(Set(uids).count == uids.count)
        }
    }

    @Test("draws by weight") func weights() throws {
        let pool = [
            DispatchPlan.Choice(candidate: try .fixture(1), weight: 1_000),
            DispatchPlan.Choice(candidate: try .fixture(2), weight: 1e-9),
        ]
        let first = (0..<200).filter { _ in MinerSelector.draw(1, from: pool)[0].miner.uid == 1 }
        #expect(first.count == 200)
    }
}

@Suite("Miner health") struct MinerHealthTests {
    private func observation(_ outcome: Observation.Outcome, _ candidate: Candidate) -> Observation {
        Observation(
            requestID: "r", netuid: Netuid(1), miner: candidate.miner, source: .organic, outcome: outcome,
            latency: .seconds(1))
    }

    @Test("opens a breaker after three failures in a row and closes it with an answer") func breaker() throws {
        let now = ContinuousClock.now
        let health = MinerHealth(now: { now })
        let candidate = try Candidate.fixture(1)
        for _ in 0..<2 { health.record(observation(.failed("x"), candidate)) }
        #expect(health.state(of: candidate.miner, in: Netuid(1)).breakerOpenUntil == nil)
        health.record(observation(.failed("x"), candidate))
        #expect(health.state(of: candidate.miner, in: Netuid(1)).breakerOpenUntil == now + .seconds(1))
        for _ in 0..<20 { health.record(observation(.failed("x"), candidate)) }
        #expect(health.state(of: candidate.miner, in: Netuid(1)).breakerOpenUntil == now + .seconds(60))
        health.record(observation(.answered, candidate))
        #expect(health.state(of: candidate.miner, in: Netuid(1)).breakerOpenUntil == nil)
    }

    @Test("learns nothing from attempts we broke off") func abandoned() throws {
        let health = MinerHealth()
        let candidate = try Candidate.fixture(1)
        health.record(observation(.abandoned, candidate))
        #expect(health.state(of: candidate.miner, in: Netuid(1)).reliability == 0.5)
    }

    @Test("keeps subnets apart") func subnets() throws {
        let health = MinerHealth()
        let candidate = try Candidate.fixture(1)
        health.record(observation(.failed("x"), candidate))
        #expect(health.state(of: candidate.miner, in: Netuid(2)).reliability == 0.5)
    }
}

@Suite("Miner ranking") struct MinerRankingTests {
    @Test("prefers, among miners of one incentive, the ones that answered right and fast") func tempered() async throws
    {
        let store = MetagraphStore(policy: .loopbackOnly)
        let candidates = try (1...3).map { try Candidate.fixture(UInt8($0), incentive: 20_000) }
        let neurons = candidates.map { candidate in
            var neuron = candidate.neuron
            let form = candidate.miner.address.ip.chainForm
            neuron.axon = AxonInfo(ip: form.value, port: candidate.miner.address.port, ipType: form.ipType)
            return neuron
        }
        store.publish(Metagraph(netuid: Netuid(1), neurons: neurons))
        let health = MinerHealth()
        for (candidate, seconds, correctness) in [
            (candidates[0], 2, 1.0), (candidates[1], 0, 1), (candidates[2], 0, 0),
        ] {
            for _ in 0..<20 {
                health.record(
                    Observation(
                        requestID: "r", netuid: Netuid(1), miner: candidate.miner, source: .probe, outcome: .answered,
                        latency: .seconds(seconds), correctness: correctness))
            }
        }
        let model = ModelConfiguration(id: "m", netuid: Netuid(1), price: .free)
        let plan = try MinerSelector(metagraphs: store, health: health).plan(for: model, startedAt: .now)
        let ranked = plan.choices.sorted { $0.weight > $1.weight }.map(\.miner.uid)
        #expect(ranked == [2, 1, 3])
    }

    @Test("has no plan where no miner may be dialled") func none() throws {
        let store = MetagraphStore(policy: .publicInternet)
        store.publish(Metagraph(netuid: Netuid(1), neurons: [try Candidate.fixture(1).neuron]))
        let model = ModelConfiguration(id: "m", netuid: Netuid(1), price: .free)
        #expect(throws: DispatchError.self) {
            try MinerSelector(metagraphs: store, health: MinerHealth()).plan(for: model, startedAt: .now)
        }
    }
}
