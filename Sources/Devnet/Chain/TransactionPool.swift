import Signing
import Substrate
import Subtensor

/// A signed extrinsic that waits for a block.
struct PooledTransaction: Sendable {
    let bytes: [UInt8]
    let hash: BlockHash
    let signer: AccountID
    let nonce: UInt32
}

/// Transactions that were valid when they came, in the order they came.
struct TransactionPool: Sendable {
    /// More would only pile up behind a chain that nobody runs.
    static let capacity = 4_096

    private(set) var transactions: [PooledTransaction] = []

    /// The nonce for this account's next transaction, counting what waits here.
    func nextNonce(of account: AccountID, after nonce: UInt32) -> UInt32 {
        var next = nonce
        for transaction in transactions where transaction.signer == account && transaction.nonce == next { next += 1 }
        return next
    }

    mutating func add(_ transaction: PooledTransaction) throws(RPCError) {
        guard transactions.count < Self.capacity else { throw .poolFull }
        guard !transactions.contains(where: { $0.hash == transaction.hash }) else { throw .alreadyImported }
        guard
            !transactions.contains(where: { $0.signer == transaction.signer && $0.nonce == transaction.nonce })
        else { throw .priorityTooLow }
        transactions.append(transaction)
    }

    /// Takes everything out, for the block being made.
    mutating func drain() -> [PooledTransaction] {
        defer { transactions = [] }
        return transactions
    }
}
