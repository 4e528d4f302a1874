internal import JSON
internal import Signing

/// A block's header, with the hash that its fields give.
///
/// - Source: `sp_runtime::generic::Header` with Blake2-256.
public struct BlockHeader: Hashable, Sendable {
    public let number: UInt64
    public let hash: BlockHash
    public let parentHash: BlockHash

    /// From the node's JSON form. The node is not asked for the hash: it is computed.
    init(_ json: JSONElement) throws(SubstrateError) {
        guard let number = json["number"]?.string.flatMap(Self.number), let number32 = UInt32(exactly: number),
            let parent = json["parentHash"]?.string.flatMap(BlockHash.init(hex:)),
            let state = json["stateRoot"]?.string.flatMap(BlockHash.init(hex:)),
            let extrinsics = json["extrinsicsRoot"]?.string.flatMap(BlockHash.init(hex:))
        else { throw SubstrateError(.malformedResponse, "the node sent something that is not a block header") }
        var encoder = ScaleEncoder(capacity: 256)
        encoder.raw(parent.bytes)
        encoder.compact(UInt128(number32))
        encoder.raw(state.bytes)
        encoder.raw(extrinsics.bytes)
        var digest: [[UInt8]] = []
        if let logs = json["digest"]?["logs"] {
            for log in logs.elements {
                guard let text = log.string, let bytes = try? Hex.decode(text) else {
                    throw SubstrateError(.malformedResponse, "a header's digest is not hexadecimal")
                }
                digest.append(bytes)
            }
        }
        encoder.vector(digest) { $0.raw($1) }
        guard let hash = BlockHash(bytes: Hash.blake2b256(encoder.bytes)) else {
            throw .malformed("a hash is not 32 bytes")
        }
        self.number = number
        self.hash = hash
        parentHash = parent
    }

    /// Block numbers come as `0x…` without leading zeros.
    static func number(_ text: String) -> UInt64? {
        text.hasPrefix("0x") ? UInt64(text.dropFirst(2), radix: 16) : UInt64(text)
    }
}
