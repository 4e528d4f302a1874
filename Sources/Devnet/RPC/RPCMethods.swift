import JSON
import Signing
import Substrate

/// The calls that one answer settles, by name.
struct RPCMethods: Sendable {
    /// Writes the result, or throws what the client gets instead.
    typealias Method = @Sendable (RPCParameters, Chain, inout JSONWriter) throws(RPCError) -> Void

    private let methods: [String: Method]
    /// Every name a client may call, subscriptions included, sorted.
    let names: [String]

    init() {
        let methods = Self.system.merging(Self.chain) { $1 }.merging(Self.state) { $1 }.merging(Self.author) { $1 }
        let names = (methods.keys + SubscriptionMethods.names + ["rpc_methods"]).sorted()
        self.names = names
        self.methods = methods.merging([
            "rpc_methods": { _, _, writer throws(RPCError) in
                writer.beginObject()
                writer.name("methods")
                writer.beginArray()
                for name in names { writer.string(name) }
                writer.endArray()
                writer.endObject()
            }
        ]) { $1 }
    }

    func call(_ request: RPCRequest, on chain: Chain, _ writer: inout JSONWriter) throws(RPCError) {
        guard let method = methods[request.method] else {
            throw SubscriptionMethods.names.contains(request.method)
                ? .noSubscriptions : .methodNotFound(request.method)
        }
        try method(request.parameters, chain, &writer)
    }

    private static let system: [String: Method] = [
        "system_chain": { _, _, writer throws(RPCError) in writer.string("Thalamus Devnet") },
        "system_chainType": { _, _, writer throws(RPCError) in writer.string("Local") },
        "system_name": { _, _, writer throws(RPCError) in writer.string("Thalamus Devnet Node") },
        "system_version": { _, _, writer throws(RPCError) in writer.string("1.0.0") },
        "system_properties": { _, _, writer throws(RPCError) in
            writer.beginObject()
            writer.member("ss58Format", 42)
            writer.member("tokenDecimals", 9)
            writer.member("tokenSymbol", "TAO")
            writer.member("isEthereum", false)
            writer.endObject()
        },
        "system_health": { _, _, writer throws(RPCError) in
            writer.beginObject()
            writer.member("peers", 0)
            writer.member("isSyncing", false)
            writer.member("shouldHavePeers", false)
            writer.endObject()
        },
        "system_accountNextIndex": nextIndex,
        "account_nextIndex": nextIndex,
    ]

    private static let nextIndex: Method = { parameters, chain, writer throws(RPCError) in
        guard let account = try? AccountID(ss58: try parameters.text(0, "the account")) else {
            throw .invalidParameters("the account is no SS58 address")
        }
        writer.int(chain.nextNonce(of: account))
    }

    private static let author: [String: Method] = [
        "author_submitExtrinsic": { parameters, chain, writer throws(RPCError) in
            writer.bytes(try chain.submit(try parameters.bytes(0, "the extrinsic")).bytes)
        },
        "author_pendingExtrinsics": { _, chain, writer throws(RPCError) in
            writer.beginArray()
            for extrinsic in chain.waitingExtrinsics { writer.bytes(extrinsic) }
            writer.endArray()
        },
    ]
}

extension RPCMethods {
    /// The block that a parameter names by its hash; the head where it names none.
    static func block(_ parameters: RPCParameters, _ position: Int, _ chain: Chain) throws(RPCError) -> Block? {
        guard parameters[position] != nil else { return chain.head }
        let bytes = try parameters.bytes(position, "the block hash")
        guard bytes.count == 32 else { throw .invalidParameters("a block hash has 32 bytes") }
        return chain.block(BlockHash(bytes))
    }

    /// Storage after the block that a parameter names.
    static func snapshot(
        _ parameters: RPCParameters, _ position: Int, _ chain: Chain
    ) throws(RPCError) -> (block: Block, snapshot: StorageSnapshot) {
        guard let block = try block(parameters, position, chain) else {
            throw .unknownBlock(parameters[position]?.string ?? "")
        }
        guard let snapshot = chain.snapshot(at: block) else {
            throw .stateDiscarded(block.hash.hex)
        }
        return (block, snapshot)
    }
}
