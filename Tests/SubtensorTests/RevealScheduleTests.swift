import JSON
import Testing

@testable import Subtensor

@Suite("Reveal schedule") struct RevealScheduleTests {
    @Test("blocks and drand rounds are the reference's")
    func vectors() throws {
        for row in try Fixture.json("bittensor-core@0.1.5/reveal_rounds.json").list("reveal_rounds") {
            let epochs = RevealSchedule.Epochs(
                tempo: try row.number("tempo"), lastEpochBlock: try row.number("last_epoch_block"),
                pendingEpochAt: try row.number("pending_epoch_at"), index: try row.number("subnet_epoch_index"),
                blocksSinceLastStep: try row.number("blocks_since_last_step"))
            // The reference reads the clock itself; the vectors have the times just before and after.
            let rounds = try row.list("called_at_unix").compactMap(\.double).map { now in
                try RevealSchedule(
                    epochs, head: try row.number("current_block"), revealPeriod: try row.number("reveal"),
                    blockSeconds: try #require(row["bt"]?.double), now: now)
            }
            #expect(rounds.allSatisfy { $0.firstRevealBlock == row["first_reveal_block"]?.uint64 })
            #expect(rounds.contains { $0.round == row["reveal_round"]?.uint64 })
        }
    }

    @Test("a subnet that has no epochs reveals nothing, and neither does an absurd period")
    func never() {
        for (tempo, period) in [(0, 1), (10, 5_000)] as [(UInt16, UInt64)] {
            let epochs = RevealSchedule.Epochs(
                tempo: tempo, lastEpochBlock: 0, pendingEpochAt: 0, index: 0, blocksSinceLastStep: 0)
            #expect(throws: SubtensorError.self) {
                try RevealSchedule(epochs, head: 7, revealPeriod: period, blockSeconds: 12, now: 1_800_000_000)
            }
        }
    }

    @Test("older runtimes count epochs by the block number")
    func byBlockNumber() throws {
        let schedule = try RevealSchedule(
            netuid: Netuid(1), tempo: 99, head: 1_000, revealPeriod: 1, blockSeconds: 12, now: 1_800_000_000)
        // (1000 + 2) / 100 = 10; epoch 11 starts at 11 * 100 - 2.
        #expect(schedule.firstRevealBlock == 1_098)
        #expect(schedule.round == UInt64((1_800_000_000 + 101 * 12 - 1_692_803_367) / 3))
    }
}
