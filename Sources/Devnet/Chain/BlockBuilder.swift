import Signing
import Substrate
import Subtensor

/// Makes one block: epochs first, then the inherent, then transactions, as Subtensor does.
struct BlockBuilder {
    /// What making a block gave.
    struct Outcome {
        let block: Block
        let changes: [[UInt8]: [UInt8]?]
        /// Transactions that were no longer valid when their turn came.
        let dropped: [PooledTransaction]
    }

    let parent: Block
    let validator: TransactionValidator
    let netuids: [Netuid]
    private var pallet: SubtensorPallet
    private var events = EventList()
    private var extrinsics: [[UInt8]] = []
    private var dropped: [PooledTransaction] = []

    init(on parent: Block, state: StorageSnapshot, validator: TransactionValidator, netuids: [Netuid]) {
        self.parent = parent
        self.validator = validator
        self.netuids = netuids
        pallet = SubtensorPallet(StorageOverlay(state))
    }

    /// - Parameter now: Unix milliseconds.
    mutating func build(
        _ transactions: [PooledTransaction], now: UInt64, before: (inout SubtensorPallet) -> Void
    ) -> Outcome {
        let number = parent.number + 1
        pallet.state.write(number, to: Storage.system.number)
        pallet.state.write(parent.hash, to: Storage.system.parentHash)
        pallet.state.write(parent.hash, to: Storage.system.blockHash, parent.number)
        EpochRunner().advance(&pallet.state, subnets: netuids)
        before(&pallet)
        collectEvents(in: .initialization)
        setTimestamp(now)
        for transaction in transactions where !apply(transaction) { dropped.append(transaction) }
        pallet.state.write(events, to: Storage.system.events)
        pallet.state.write(events.count, to: Storage.system.eventCount)
        let changes = pallet.state.changes
        let header = Header(
            parentHash: parent.hash, number: number,
            stateRoot: Block.stateRoot(after: parent.header.stateRoot, changes: changes),
            extrinsicsRoot: Block.root(of: extrinsics))
        let block = Block(header: header, extrinsics: extrinsics, changedKeys: Set(changes.keys))
        return Outcome(block: block, changes: changes, dropped: dropped)
    }

    private mutating func collectEvents(in phase: EventList.Phase) {
        for event in pallet.takeEvents() { events.append(event, in: phase) }
    }

    /// The inherent `Timestamp.set`, always the first extrinsic.
    private mutating func setTimestamp(_ now: UInt64) {
        var body = ScaleEncoder()
        body.raw([0x04, Pallet.timestamp.index, 0])
        body.compact(UInt128(now))
        var encoder = ScaleEncoder()
        encoder.byteVector(body.bytes)
        extrinsics.append(encoder.bytes)
        pallet.state.write(now, to: Storage.timestamp.now)
        let info = DispatchInfo(dispatchClass: .mandatory)
        events.append(.extrinsicSuccess(info), in: .extrinsic(0))
    }

    /// Puts a transaction into the block; false for one that may not be in it.
    private mutating func apply(_ transaction: PooledTransaction) -> Bool {
        var account = pallet.state.read(Storage.system.account, transaction.signer)
        guard let (extrinsic, signature, call) = try? validator.decode(transaction.bytes),
            (try? validator.check(extrinsic, signature, head: UInt64(parent.number), nextNonce: account.nonce)) != nil,
            pallet.poolRefusal(of: call, by: signature.signer) == nil
        else { return false }
        let phase = EventList.Phase.extrinsic(UInt32(truncatingIfNeeded: extrinsics.count))
        extrinsics.append(transaction.bytes)
        account.nonce &+= 1
        pallet.state.write(account, to: Storage.system.account, transaction.signer)
        let before = pallet
        do throws(DispatchFault) {
            try pallet.dispatch(call, by: transaction.signer)
            collectEvents(in: phase)
            events.append(.extrinsicSuccess(DispatchInfo()), in: phase)
        } catch {
            // What the call wrote before it failed is undone; the nonce stays spent.
            pallet = before
            events.append(.extrinsicFailed(error, DispatchInfo()), in: phase)
        }
        return true
    }
}
