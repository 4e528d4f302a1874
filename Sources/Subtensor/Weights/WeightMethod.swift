public import Substrate

/// How a subnet takes weights.
public enum WeightMethod: Hashable, Sendable {
    /// As they are.
    case plain
    /// Sealed until a drand round; the chain opens them itself.
    case timelockedCommit(version: UInt16)
    /// As a hash, to be revealed by the validator.
    case hashedCommit
}

/// Weights that are in a finalized block.
public struct WeightReceipt: Hashable, Sendable {
    /// When a timelocked commit opens.
    public struct Reveal: Hashable, Sendable {
        /// Of drand's quicknet.
        public let round: UInt64
        /// The first block at whose start the chain looks for it.
        public let block: UInt64
    }

    public let extrinsic: FinalizedExtrinsic
    /// Nil for weights that count at once.
    public let reveal: Reveal?

    public var blockHash: BlockHash { extrinsic.blockHash }
    public var extrinsicHash: BlockHash { extrinsic.extrinsicHash }
}
