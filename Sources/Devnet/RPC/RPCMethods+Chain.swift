import JSON
import Substrate

extension RPCMethods {
    static let chain: [String: Method] = [
        "chain_getHeader": { parameters, chain, writer throws(RPCError) in
            guard let block = try block(parameters, 0, chain) else { return writer.null() }
            writer.header(block.header)
        },
        "chain_getBlock": { parameters, chain, writer throws(RPCError) in
            guard let block = try block(parameters, 0, chain) else { return writer.null() }
            writer.beginObject()
            writer.name("block")
            writer.beginObject()
            writer.name("header")
            writer.header(block.header)
            writer.name("extrinsics")
            writer.beginArray()
            for extrinsic in block.extrinsics { writer.bytes(extrinsic) }
            writer.endArray()
            writer.endObject()
            writer.member("justifications", null: ())
            writer.endObject()
        },
        "chain_getBlockHash": blockHash,
        "chain_getHead": blockHash,
        "chain_getFinalizedHead": finalizedHead,
        "chain_getFinalisedHead": finalizedHead,
    ]

    private static let finalizedHead: Method = { _, chain, writer throws(RPCError) in
        writer.bytes(chain.finalizedHead.hash.bytes)
    }

    /// By number, as a number or in hex; one or a list; the head without.
    private static let blockHash: Method = { parameters, chain, writer throws(RPCError) in
        guard let wanted = parameters[0] else { return writer.bytes(chain.head.hash.bytes) }
        guard wanted.kind == .array else { return writer.bytes(try hash(of: wanted, chain)) }
        writer.beginArray()
        for element in wanted.elements { writer.bytes(try hash(of: element, chain)) }
        writer.endArray()
    }

    private static func hash(of number: JSONElement, _ chain: Chain) throws(RPCError) -> [UInt8]? {
        if let number = number.uint64 { return UInt32(exactly: number).flatMap { chain.block($0)?.hash.bytes } }
        guard let text = number.string, text.hasPrefix("0x"), let value = UInt32(text.dropFirst(2), radix: 16) else {
            throw .invalidParameters("a block number is an integer, or one in hex")
        }
        return chain.block(value)?.hash.bytes
    }
}
