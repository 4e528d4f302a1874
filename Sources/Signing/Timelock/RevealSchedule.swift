/// When a subnet's epochs run, as the chain itself decides it, and so when a commit made now is revealed.
///
/// All values are read at one block. The chain advances this state block by block, and so does this type: an owner may
/// ask for an early epoch, which moves those after it.
///
/// - Source: subtensor, pallet `SubtensorModule`, `should_run_epoch` and `reveal_crv3_commits`; bittensor-core 0.1.5,
///   `get_encrypted_commit_v2`.
public struct RevealSchedule: Hashable, Sendable {
    /// `Tempo`: blocks between epochs.
    public var tempo: UInt16
    /// `RevealPeriodEpochs`: after how many epochs a commit is revealed.
    public var revealPeriodEpochs: UInt64
    /// `LastEpochBlock`.
    public var lastEpochBlock: UInt64
    /// `PendingEpochAt`: the block of an epoch that was asked for; 0 for none.
    public var pendingEpochAt: UInt64
    /// `SubnetEpochIndex`: epochs so far.
    public var subnetEpochIndex: UInt64
    /// `BlocksSinceLastStep`.
    public var blocksSinceLastStep: UInt64

    /// An epoch runs after that many blocks in any case.
    private static let longestTempo: UInt64 = 50_400
    /// More than a chain asks for; it bounds the blocks that are walked through.
    private static let longestPeriod: UInt64 = 1_000
    /// Blocks added before time becomes a round, so that the round's signature is on chain when the block needs it.
    private static let marginBlocks: UInt64 = 3

    public init(
        tempo: UInt16, revealPeriodEpochs: UInt64, lastEpochBlock: UInt64, pendingEpochAt: UInt64,
        subnetEpochIndex: UInt64, blocksSinceLastStep: UInt64
    ) {
        self.tempo = tempo
        self.revealPeriodEpochs = revealPeriodEpochs
        self.lastEpochBlock = lastEpochBlock
        self.pendingEpochAt = pendingEpochAt
        self.subnetEpochIndex = subnetEpochIndex
        self.blocksSinceLastStep = blocksSinceLastStep
    }

    /// The first block at which a commit in the block after `head` can be revealed.
    ///
    /// - Parameter head: the block at which the values were read.
    /// - Throws: ``TimelockError`` with code `invalidSchedule`.
    public func firstRevealBlock(head: UInt64) throws(TimelockError) -> UInt64 {
        guard tempo > 0 else { throw TimelockError(.invalidSchedule, "a subnet with tempo 0 has no epochs") }
        guard revealPeriodEpochs <= Self.longestPeriod else {
            throw TimelockError(.invalidSchedule, "a reveal period of \(revealPeriodEpochs) epochs")
        }
        // Far above any chain's, and low enough that no sum below overflows.
        guard max(head, subnetEpochIndex, blocksSinceLastStep) < 1 << 62 else {
            throw TimelockError(.invalidSchedule, "a block or epoch number beyond any chain's")
        }
        let first = head + 1
        var state = self
        let target = state.epoch(at: first) + revealPeriodEpochs
        for block in first...(first + (revealPeriodEpochs + 1) * Self.longestTempo) {
            if state.epoch(at: block) == target { return block }
            state.advance(over: block)
        }
        throw TimelockError(.invalidSchedule, "no epoch follows from the subnet's state")
    }

    /// The round to seal a commit for.
    ///
    /// - Parameters:
    ///   - head: the block at which the values were read.
    ///   - seconds: the time at that block, since 1970.
    ///   - blockSeconds: between blocks; from `Aura.SlotDuration`.
    /// - Returns: 1 or more.
    /// - Throws: ``TimelockError`` with code `invalidSchedule`, or `invalidRound` for a time that belongs to no round.
    public func revealRound(
        head: UInt64, at seconds: Double, blockSeconds: Double, of chain: DrandChain = .quicknet
    ) throws(TimelockError) -> UInt64 {
        let blocks = try firstRevealBlock(head: head) - head + Self.marginBlocks
        let elapsed = seconds + Double(blocks) * blockSeconds - Double(chain.genesisTime)
        guard let round = UInt64(exactly: (elapsed / Double(chain.period)).rounded(.down)) else {
            throw TimelockError(.invalidRound, "the time of the reveal is before the network's first round, or no time")
        }
        return max(round, 1)
    }

    private func fires(at block: UInt64) -> Bool {
        let isAskedFor = pendingEpochAt > 0 && block >= pendingEpochAt
        let isOverdue = blocksSinceLastStep > Self.longestTempo
        let isDue = block >= lastEpochBlock && block - lastEpochBlock >= UInt64(tempo)
        return isAskedFor || isOverdue || isDue
    }

    private func epoch(at block: UInt64) -> UInt64 { subnetEpochIndex + (fires(at: block) ? 1 : 0) }

    private mutating func advance(over block: UInt64) {
        blocksSinceLastStep += 1
        guard fires(at: block) else { return }
        lastEpochBlock = block
        pendingEpochAt = 0
        subnetEpochIndex += 1
        blocksSinceLastStep = 0
    }
}
