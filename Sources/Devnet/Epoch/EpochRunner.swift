import Signing
import Subtensor

/// Runs each subnet's epochs when their blocks come.
struct EpochRunner {
    private let items = Storage.subtensor
    /// A subnet's emission per block in alpha, split evenly between miners and validators after the owner's 18 %.
    private static let neuronEmissionPerBlock = 820_000_000.0

    /// Advances every subnet by the block being made.
    ///
    /// - Source: subtensor, `block_step` with stateful epochs (`LastEpochBlock`, `SubnetEpochIndex`).
    func advance(_ state: inout StorageOverlay, subnets: [Netuid]) {
        for netuid in subnets { advance(netuid, &state) }
    }

    private func advance(_ netuid: Netuid, _ state: inout StorageOverlay) {
        let block = UInt64(state.read(Storage.system.number))
        let tempo = UInt64(state.read(items.tempo, netuid))
        let since = block.saturatingSubtract(state.read(items.lastEpochBlock, netuid))
        guard tempo > 0, since >= tempo else {
            state.write(state.read(items.blocksSinceLastStep, netuid) + 1, to: items.blocksSinceLastStep, netuid)
            return
        }
        state.write(block, to: items.lastEpochBlock, netuid)
        state.write(block, to: items.lastStepBlock, netuid)
        state.write(0, to: items.blocksSinceLastStep, netuid)
        state.write(state.read(items.subnetEpochIndex, netuid) + 1, to: items.subnetEpochIndex, netuid)
        run(netuid, &state, block: block, blocks: tempo)
    }

    private func run(_ netuid: Netuid, _ state: inout StorageOverlay, block: UInt64, blocks: UInt64) {
        let neurons = Neurons(netuid, state)
        for mechanism in 0..<state.read(items.mechanismCount, netuid).integer {
            guard let index = StorageIndex(netuid, mechanism: mechanism) else { continue }
            let outcome = Consensus(
                participants(neurons, state, index: index, block: block),
                kappa: Double(state.read(items.kappa, netuid)) / 65_535)
            state.write(outcome.incentives.map(PerU16.init), to: items.incentive, index)
            // Columns that are kept once per subnet are mechanism 0's.
            if mechanism == 0 { write(outcome, of: neurons, &state, block: block, blocks: blocks) }
        }
    }

    private func participants(
        _ neurons: Neurons, _ state: StorageOverlay, index: StorageIndex, block: UInt64
    ) -> [Consensus.Participant] {
        let lastUpdate = state.read(items.lastUpdate, index)
        let cutoff = ActivityCutoff.blocks(neurons.netuid, state)
        return neurons.indices.map { position in
            let updated = lastUpdate.indices.contains(position) ? lastUpdate[position] : 0
            var weights = [Double](repeating: 0, count: neurons.count)
            for entry in state.read(items.weights, index, neurons.uid(position)) {
                let target = Int(entry.first.rawValue)
                // A weight for a UID's earlier owner is void, and so is one for oneself.
                guard target < neurons.count, target != position, neurons.registeredAt[target] < updated else {
                    continue
                }
                weights[target] = Double(entry.second)
            }
            return Consensus.Participant(
                stake: Double(neurons.stake[position]),
                isActiveValidator: neurons.permit[position] && updated + cutoff >= block, weights: weights)
        }
    }

    private func write(
        _ outcome: Consensus, of neurons: Neurons, _ state: inout StorageOverlay, block: UInt64, blocks: UInt64
    ) {
        let netuid = neurons.netuid
        state.write(outcome.consensus.map(PerU16.init), to: items.consensus, netuid)
        state.write(outcome.dividends.map(PerU16.init), to: items.dividends, netuid)
        state.write(outcome.validatorTrust.map(PerU16.init), to: items.validatorTrust, netuid)
        let emission = Double(blocks) * Self.neuronEmissionPerBlock
        // Each share is at most 1 and a tempo at most 65535, so the product is far within 64 bits.
        let amounts = outcome.emission.map { AlphaBalance(UInt64(($0 * emission).rounded(.down))) }
        state.write(amounts, to: items.emission, netuid)
        for position in neurons.indices {
            let hotkey = neurons.hotkeys[position]
            let (stake, overflow) = neurons.stake[position].addingReportingOverflow(amounts[position].integer)
            state.write(AlphaBalance(overflow ? .max : stake), to: items.totalHotkeyAlpha, hotkey, netuid)
        }
        let cutoff = ActivityCutoff.blocks(netuid, state)
        let lastUpdate = state.read(items.lastUpdate, StorageIndex(netuid))
        state.write(lastUpdate.map { $0 + cutoff >= block }, to: items.active, netuid)
    }
}

/// How long weights count.
enum ActivityCutoff {
    /// Blocks after which a validator's weights no longer count.
    ///
    /// - Source: subtensor, `ActivityCutoffFactorMilli * tempo / 1000`.
    static func blocks(_ netuid: Netuid, _ state: some StorageReader) -> UInt64 {
        let factor = UInt64(state.read(Storage.subtensor.activityCutoffFactor, netuid))
        return factor * UInt64(state.read(Storage.subtensor.tempo, netuid)) / 1_000
    }
}

/// A subnet's neurons as the epoch sees them, by UID.
struct Neurons {
    let netuid: Netuid
    let hotkeys: [AccountID]
    let stake: [UInt64]
    let registeredAt: [UInt64]
    let permit: [Bool]

    var count: Int { hotkeys.count }
    var indices: Range<Int> { hotkeys.indices }

    init(_ netuid: Netuid, _ state: some StorageReader) {
        let items = Storage.subtensor
        let uids = (0..<state.read(items.subnetworkN, netuid)).map { UID($0) }
        self.netuid = netuid
        hotkeys = uids.map { state.read(items.keys, netuid, $0) }
        stake = hotkeys.map { state.read(items.totalHotkeyAlpha, $0, netuid).integer }
        registeredAt = uids.map { state.read(items.blockAtRegistration, netuid, $0) }
        let permits = state.read(items.validatorPermit, netuid)
        permit = uids.indices.map { permits.indices.contains($0) && permits[$0] }
    }

    func uid(_ position: Int) -> UID { UID(UInt16(truncatingIfNeeded: position)) }
}
