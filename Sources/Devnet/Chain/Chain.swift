import Signing
import Substrate
import Subtensor
import Synchronization

/// The local chain: its blocks, their states, and the transactions that wait.
///
/// Everything happens at once under one lock; nothing in it waits.
final class Chain: Sendable {
    let runtime: RuntimeDefinition
    let netuids: [Netuid]
    private let finalityLag: UInt32
    private let history: UInt32
    private let state: Mutex<State>

    private struct State {
        var blocks: [UInt32: Block] = [:]
        var numbers: [BlockHash: UInt32] = [:]
        var storage = VersionedStorage()
        var pool = TransactionPool()
        var head: UInt32 = 0
        var observers: [UInt64: @Sendable (ChainEvent) -> Void] = [:]
        var nextObserver: UInt64 = 0
    }

    init(_ configuration: DevnetConfiguration) throws(DevnetError) {
        runtime = RuntimeDefinition(slotDuration: configuration.blockTime.wholeMilliseconds)
        netuids = configuration.subnets.map(\.netuid).sorted { $0.rawValue < $1.rawValue }
        finalityLag = configuration.finalityLag
        history = configuration.history
        let changes = try Genesis.state(configuration, runtime).changes
        let header = Header(
            parentHash: .zero, number: 0, stateRoot: Block.stateRoot(after: .zero, changes: changes),
            extrinsicsRoot: Block.root(of: []))
        let genesis = Block(header: header, extrinsics: [], changedKeys: Set(changes.keys))
        var state = State()
        state.storage.commit(changes, block: 0)
        state.blocks[0] = genesis
        state.numbers[genesis.hash] = 0
        self.genesis = genesis
        self.state = Mutex(state)
    }

    let genesis: Block

    var identity: ChainIdentity {
        ChainIdentity(
            genesisHash: genesis.hash.bytes, specVersion: RuntimeDefinition.specVersion,
            transactionVersion: RuntimeDefinition.transactionVersion)
    }

    var head: Block { state.withLock { $0.blocks[$0.head] ?? genesis } }

    var finalizedHead: Block {
        state.withLock { state in
            state.blocks[state.head > finalityLag ? state.head - finalityLag : 0] ?? genesis
        }
    }

    func block(_ number: UInt32) -> Block? { state.withLock { $0.blocks[number] } }

    func block(_ hash: BlockHash) -> Block? {
        state.withLock { state in state.numbers[hash].flatMap { state.blocks[$0] } }
    }

    /// Storage after a block; `nil` for one whose state is not kept any more.
    func snapshot(at block: Block) -> StorageSnapshot? {
        state.withLock { state in
            guard state.head - min(block.number, state.head) < history else { return nil }
            return StorageSnapshot(storage: state.storage, block: block.number)
        }
    }

    var waitingExtrinsics: [[UInt8]] { state.withLock { $0.pool.transactions.map(\.bytes) } }

    /// The nonce for the account's next transaction, counting those that wait.
    func nextNonce(of account: AccountID) -> UInt32 {
        state.withLock { state in
            let nonce = Self.snapshot(state).read(Storage.system.account, account).nonce
            return state.pool.nextNonce(of: account, after: nonce)
        }
    }

    private static func snapshot(_ state: borrowing State) -> StorageSnapshot {
        StorageSnapshot(storage: state.storage, block: state.head)
    }

    private func validator(_ blocks: [UInt32: Block]) -> TransactionValidator {
        TransactionValidator(codec: runtime.codec, identity: identity) { number in
            UInt32(exactly: number).flatMap { blocks[$0]?.hash }
        }
    }

    // MARK: Transactions

    /// Takes a transaction into the pool.
    ///
    /// - Returns: its hash.
    /// - Throws: ``RPCError`` as a node would answer.
    func submit(_ bytes: [UInt8]) throws(RPCError) -> BlockHash {
        try state.withLock { (state) throws(RPCError) in
            let validator = validator(state.blocks)
            let extrinsic: DecodedExtrinsic
            let signature: DecodedExtrinsic.Signature
            let call: DevnetCall
            do throws(DevnetError) {
                (extrinsic, signature, call) = try validator.decode(bytes)
            } catch {
                throw RPCError.badExtrinsic("\(error)")
            }
            let transaction = PooledTransaction(
                bytes: bytes, hash: BlockHash(Hash.blake2b256(bytes)), signer: signature.signer,
                nonce: signature.nonce)
            let snapshot = Self.snapshot(state)
            let nonce = snapshot.read(Storage.system.account, signature.signer).nonce
            let next = state.pool.nextNonce(of: signature.signer, after: nonce)
            do throws(InvalidTransaction) {
                // A nonce that waits already is checked as if it were next, so that the pool can say what is wrong.
                let isWaiting = signature.nonce >= nonce && signature.nonce < next
                try validator.check(
                    extrinsic, signature, head: UInt64(state.head), nextNonce: isWaiting ? signature.nonce : next)
                var pallet = SubtensorPallet(StorageOverlay(snapshot))
                pallet.state.write(state.head + 1, to: Storage.system.number)
                if let refusal = pallet.poolRefusal(of: call, by: signature.signer) { throw .custom(refusal) }
            } catch {
                throw RPCError.invalidTransaction(error)
            }
            try state.pool.add(transaction)
            return transaction.hash
        }
    }

    // MARK: Blocks

    /// Makes the next block from what waits.
    ///
    /// - Parameters:
    ///   - now: Unix milliseconds.
    ///   - before: changes from outside, such as a registration, made before the block's transactions.
    @discardableResult
    func produceBlock(now: UInt64, before: (inout SubtensorPallet) -> Void = { _ in }) -> Block {
        state.withLock { state in
            let parent = state.blocks[state.head] ?? genesis
            var builder = BlockBuilder(
                on: parent, state: Self.snapshot(state), validator: validator(state.blocks), netuids: netuids)
            let outcome = builder.build(state.pool.drain(), now: now, before: before)
            let block = outcome.block
            state.storage.commit(outcome.changes, block: block.number)
            state.blocks[block.number] = block
            state.numbers[block.hash] = block.number
            state.head = block.number
            forget(&state)
            var events: [ChainEvent] = outcome.dropped.map { .dropped($0.hash) }
            events.append(.imported(block))
            if block.number >= finalityLag, let finalized = state.blocks[block.number - finalityLag],
                finalized.number > 0
            {
                events.append(.finalized(finalized))
            }
            // Under the lock, so that every observer hears of the blocks in their order.
            for event in events { for observer in state.observers.values { observer(event) } }
            return block
        }
    }

    /// Drops blocks that are older than the history, except the first.
    private func forget(_ state: inout State) {
        guard state.head >= history else { return }
        let oldest = state.head - history + 1
        state.storage.forget(before: oldest)
        let number = oldest - 1
        guard number > 0, let block = state.blocks.removeValue(forKey: number) else { return }
        state.numbers[block.hash] = nil
    }

    // MARK: Observers

    /// Calls `body` for everything that happens from now on, until the number is given to ``removeObserver(_:)``.
    ///
    /// - Parameter body: must not wait.
    func addObserver(_ body: @escaping @Sendable (ChainEvent) -> Void) -> UInt64 {
        state.withLock { state in
            state.nextObserver += 1
            state.observers[state.nextObserver] = body
            return state.nextObserver
        }
    }

    func removeObserver(_ number: UInt64) { state.withLock { $0.observers[number] = nil } }
}

/// What happens on the chain, in its order.
enum ChainEvent: Sendable {
    case imported(Block)
    case finalized(Block)
    /// A transaction that waited turned out to be invalid.
    case dropped(BlockHash)
}

extension Duration {
    /// Whole milliseconds; 0 for negative durations.
    var wholeMilliseconds: UInt64 {
        let (seconds, attoseconds) = components
        return UInt64(clamping: seconds) &* 1_000 &+ UInt64(clamping: attoseconds / 1_000_000_000_000_000)
    }
}
