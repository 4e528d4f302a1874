import Signing
import Substrate
import Subtensor
import Testing

@testable import Devnet

@Suite("Consensus") struct ConsensusTests {
    private func participant(_ stake: Double, _ weights: [Double]) -> Consensus.Participant {
        .init(stake: stake, isActiveValidator: stake > 0, weights: weights)
    }

    @Test(
        "takes the weight that more than half of the stake backs",
        arguments: [
            (votes: [(0.4, 0.9), (0.6, 0.1)], median: 0.1), (votes: [(0.6, 0.9), (0.4, 0.1)], median: 0.9),
            (votes: [(0.3, 0.2), (0.3, 0.5), (0.4, 0.8)], median: 0.5), (votes: [], median: 0),
        ] as [(votes: [(stake: Double, weight: Double)], median: Double)])
    func median(votes: [(stake: Double, weight: Double)], median: Double) {
        #expect(Consensus.weightedMedian(votes, majority: 0.5) == median)
    }

    @Test("pays miners in the order of their weights") func incentives() {
        let outcome = Consensus(
            [participant(1, [0, 0.7, 0.3]), participant(0, []), participant(0, [])].padded(), kappa: 0.5)
        #expect(outcome.incentives[1] > outcome.incentives[2])
        #expect(abs(outcome.incentives.reduce(0, +) - 1) < 1e-12)
        #expect(abs(outcome.emission.reduce(0, +) - 1) < 1e-12)
    }

    @Test("clips what a minority of the stake favours") func clipping() {
        let outcome = Consensus(
            [
                participant(0.6, [0, 0, 1, 0]), participant(0.4, [0, 0, 0, 1]), participant(0, []), participant(0, []),
            ].padded(), kappa: 0.5)
        #expect(outcome.incentives == [0, 0, 1, 0])
        #expect(outcome.dividends[0] == 1)
        #expect(outcome.validatorTrust[1] == 0)
    }

    @Test("pays validators by stake where nobody set weights") func noWeights() {
        let outcome = Consensus([participant(3, []), participant(1, [])].padded(), kappa: 0.5)
        #expect(outcome.emission == [0.75, 0.25])
    }
}

extension [Consensus.Participant] {
    /// Every row as long as there are participants.
    fileprivate func padded() -> Self {
        map {
            var participant = $0
            participant.weights += [Double](repeating: 0, count: count - participant.weights.count)
            return participant
        }
    }
}

@Suite("Epochs") struct EpochTests {
    @Test("turn weights into incentives in their order") func incentives() throws {
        let test = try TestChain()
        test.produce(1)
        #expect(try test.outcome(of: test.setWeights([(1, 10), (2, 30)]), by: test.validator) == nil)
        test.produce(5)
        let view = try #require(SubnetView(TestChain.netuid, try test.head))
        #expect(view.incentives[2].integer > view.incentives[1].integer)
        #expect(view.incentives[1].integer > 0)
        #expect(view.incentives[0].integer == 0)
        #expect(view.dividends[0].integer == 65_535)
        #expect(view.emission[2].integer > view.emission[1].integer)
    }

    @Test("come every tempo and count the blocks between") func schedule() throws {
        let test = try TestChain()
        let items = Storage.subtensor
        var seen: [UInt64] = []
        for _ in 0..<11 {
            test.produce(1)
            seen.append(try test.head.read(items.blocksSinceLastStep, TestChain.netuid))
        }
        #expect(seen == [1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1])
        #expect(try test.head.read(items.lastEpochBlock, TestChain.netuid) == 10)
        #expect(try test.head.read(items.subnetEpochIndex, TestChain.netuid) == 2)
    }
}
