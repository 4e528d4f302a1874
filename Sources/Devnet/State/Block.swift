import Signing
import Substrate

/// The head of a block, as clients hash it.
///
/// - Source: Substrate, `sp_runtime::generic::Header` with Blake2-256.
struct Header: Sendable {
    let parentHash: BlockHash
    let number: UInt32
    /// Commits to all storage changes up to this block. The local chain keeps no Merkle trie, so nothing can be
    /// proved against it.
    let stateRoot: BlockHash
    let extrinsicsRoot: BlockHash

    var scale: [UInt8] {
        var encoder = ScaleEncoder(capacity: 105)
        encoder.raw(parentHash.bytes)
        encoder.compact(UInt128(number))
        encoder.raw(stateRoot.bytes)
        encoder.raw(extrinsicsRoot.bytes)
        // The digest has no logs: nobody authored the block.
        encoder.count(0)
        return encoder.bytes
    }

    var hash: BlockHash { BlockHash(Hash.blake2b256(scale)) }
}

/// A block and what it did.
struct Block: Sendable {
    let header: Header
    let hash: BlockHash
    let extrinsics: [[UInt8]]
    /// Hashes of the extrinsics in their order.
    let extrinsicHashes: [BlockHash]
    /// Storage keys that this block wrote.
    let changedKeys: Set<[UInt8]>

    var number: UInt32 { header.number }

    init(header: Header, extrinsics: [[UInt8]], changedKeys: Set<[UInt8]>) {
        self.header = header
        hash = header.hash
        self.extrinsics = extrinsics
        extrinsicHashes = extrinsics.map { BlockHash(Hash.blake2b256($0)) }
        self.changedKeys = changedKeys
    }

    /// The root that stands for these extrinsics.
    static func root(of extrinsics: [[UInt8]]) -> BlockHash {
        var encoder = ScaleEncoder()
        encoder.vector(extrinsics) { $0.byteVector($1) }
        return BlockHash(Hash.blake2b256(encoder.bytes))
    }

    /// The state root after these changes to the state with another root.
    static func stateRoot(after parent: BlockHash, changes: [[UInt8]: [UInt8]?]) -> BlockHash {
        var encoder = ScaleEncoder(capacity: 4_096)
        encoder.raw(parent.bytes)
        for (key, value) in changes.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            encoder.byteVector(key)
            encoder.option(value) { $0.byteVector($1) }
        }
        return BlockHash(Hash.blake2b256(encoder.bytes))
    }
}
