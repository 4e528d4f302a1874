/// When weights committed now are revealed: the block, and the drand round that is out by then.
///
/// - Source: subtensor, `epoch_index_for_block` and `should_run_epoch`; bittensor-drand 2.0.0.
struct RevealSchedule: Hashable, Sendable {
    /// A subnet's place in its epochs, all of one block.
    struct Epochs: Hashable, Sendable {
        /// Blocks of an epoch.
        var tempo: UInt16
        var lastEpochBlock: UInt64
        /// The block at which the owner wants an epoch; 0 for none.
        var pendingEpochAt: UInt64
        var index: UInt64
        var blocksSinceLastStep: UInt64

        /// An epoch runs after this many blocks at the latest.
        static let longestEpoch: UInt64 = 50_400

        func fires(at block: UInt64) -> Bool {
            tempo > 0
                && (pendingEpochAt > 0 && block >= pendingEpochAt || blocksSinceLastStep > Self.longestEpoch
                    || block >= lastEpochBlock && block - lastEpochBlock >= UInt64(tempo))
        }

        func epoch(at block: UInt64) -> UInt64 { fires(at: block) ? index &+ 1 : index }

        mutating func step(past block: UInt64) {
            blocksSinceLastStep &+= 1
            guard fires(at: block) else { return }
            lastEpochBlock = block
            pendingEpochAt = 0
            index &+= 1
            blocksSinceLastStep = 0
        }
    }

    /// drand's quicknet.
    static let genesis = 1_692_803_367.0
    static let secondsPerRound = 3.0
    /// Blocks after the reveal's first within which the round must be out.
    static let slackBlocks: UInt64 = 3

    /// The block at whose start the chain first looks for the commit.
    let firstRevealBlock: UInt64
    let round: UInt64

    /// - Parameters:
    ///   - head: the best block's number; the commit lands in the next one or later.
    ///   - revealPeriod: epochs from commit to reveal.
    ///   - blockSeconds: time from block to block.
    ///   - now: seconds since 1970.
    /// - Throws: `unexpectedShape` for a subnet that never reveals.
    init(
        _ epochs: Epochs, head: UInt64, revealPeriod: UInt64, blockSeconds: Double, now: Double
    ) throws(SubtensorError) {
        let start = head &+ 1
        let target = epochs.epoch(at: start) &+ revealPeriod
        let (count, overflow) = (revealPeriod &+ 1).multipliedReportingOverflow(by: Epochs.longestEpoch)
        guard epochs.tempo > 0, revealPeriod <= 1_000, !overflow, head < 1 << 32 else {
            throw SubtensorError(
                .unexpectedShape,
                "commits are never revealed with tempo \(epochs.tempo) and a reveal period of \(revealPeriod)")
        }
        var state = epochs
        for block in start...(start + count) {
            if state.epoch(at: block) == target {
                self.init(firstRevealBlock: block, head: head, blockSeconds: blockSeconds, now: now)
                return
            }
            state.step(past: block)
        }
        throw SubtensorError(.unexpectedShape, "no block was found in which a commit made now would be revealed")
    }

    /// For runtimes that count epochs by the block number alone: `(block + netuid + 1) / (tempo + 1)`.
    ///
    /// - Source: bittensor-drand 1, `generate_commit`.
    init(
        netuid: Netuid, tempo: UInt16, head: UInt64, revealPeriod: UInt64, blockSeconds: Double, now: Double
    ) throws(SubtensorError) {
        guard tempo > 0, revealPeriod <= 1_000, head < 1 << 32 else {
            throw SubtensorError(
                .unexpectedShape,
                "commits are never revealed with tempo \(tempo) and a reveal period of \(revealPeriod)")
        }
        let length = UInt64(tempo) + 1
        let offset = UInt64(netuid.rawValue) + 1
        let epoch = (head + offset) / length + revealPeriod
        let block = max(epoch * length, offset) - offset
        self.init(firstRevealBlock: block, head: head, blockSeconds: blockSeconds, now: now)
    }

    private init(firstRevealBlock: UInt64, head: UInt64, blockSeconds: Double, now: Double) {
        self.firstRevealBlock = firstRevealBlock
        let blocks = Double(firstRevealBlock + Self.slackBlocks) - Double(head)
        let seconds = now + blocks * blockSeconds - Self.genesis
        round = UInt64(exactly: max((seconds / Self.secondsPerRound).rounded(.down), 1)) ?? 1
    }
}
