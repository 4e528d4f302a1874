import JSON
import NIOCore
import Substrate

/// One connection's subscriptions: what they want, and what they get told.
struct Subscriptions {
    /// One client's; more is a leak.
    static let maximumCount = 128

    private enum Kind {
        case heads(SubscriptionMethods.Heads)
        case finalizedHeads
        case storage(keys: [[UInt8]])
        case runtimeVersion
        case transaction(BlockHash, isInBlock: BlockHash?)
    }

    private let chain: Chain
    private var kinds: [String: Kind] = [:]
    private var created = 0

    init(_ chain: Chain) { self.chain = chain }

    /// The answer to a subscribing or unsubscribing call: its result, and notifications to follow at once; `nil` for
    /// any other method.
    mutating func answer(_ request: RPCRequest) throws(RPCError) -> (result: ByteBuffer, then: [ByteBuffer])? {
        if SubscriptionMethods.unsubscribing.contains(request.method) {
            let id = request.parameters[0].flatMap { $0.string ?? $0.int.map(String.init) }
            let existed = id.map { kinds.removeValue(forKey: $0) != nil } ?? false
            return (ByteBuffer(string: existed ? "true" : "false"), [])
        }
        guard let subscribe = SubscriptionMethods.subscribing[request.method] else { return nil }
        guard kinds.count < Self.maximumCount else { throw .tooManySubscriptions }
        let id: String
        var then: [ByteBuffer] = []
        switch subscribe {
        case .heads(let heads):
            id = add(.heads(heads))
            then = [RPCResponse.head(heads.notification, id, chain.head)]
        case .finalizedHeads:
            id = add(.finalizedHeads)
            then = [RPCResponse.head(SubscriptionMethods.finalizedHead, id, chain.finalizedHead)]
        case .runtimeVersion:
            id = add(.runtimeVersion)
            then = [RPCResponse.notification("state_runtimeVersion", subscription: id) { $0.runtimeVersion() }]
        case .storage:
            let keys = try request.parameters.byteStrings(0, "the keys")
            guard keys.count <= 1_000 else { throw .invalidParameters("over 1000 keys") }
            id = add(.storage(keys: keys))
            if let values = storage(keys, id, chain.head) { then = [values] }
        case .transaction:
            let hash = try chain.submit(try request.parameters.bytes(0, "the extrinsic"))
            id = add(.transaction(hash, isInBlock: nil))
            then = [
                RPCResponse.notification(SubscriptionMethods.extrinsicUpdate, subscription: id) { $0.string("ready") }
            ]
        }
        return (ByteBuffer(string: "\"\(id)\""), then)
    }

    private mutating func add(_ kind: Kind) -> String {
        created += 1
        let id = "sub\(created)"
        kinds[id] = kind
        return id
    }

    /// What an event makes this connection's client hear.
    mutating func notifications(of event: ChainEvent) -> [ByteBuffer] {
        var messages: [ByteBuffer] = []
        for (id, kind) in kinds.sorted(by: { $0.key < $1.key }) {
            switch (kind, event) {
            case (.heads(let heads), .imported(let block)):
                messages.append(RPCResponse.head(heads.notification, id, block))
            case (.finalizedHeads, .finalized(let block)):
                messages.append(RPCResponse.head(SubscriptionMethods.finalizedHead, id, block))
            case (.storage(let keys), .imported(let block)):
                let changed = keys.filter { block.changedKeys.contains($0) }
                if !changed.isEmpty, let message = storage(changed, id, block) { messages.append(message) }
            case (.transaction(let hash, let place), _):
                if let message = update(id, of: hash, in: place, event) { messages.append(message) }
            default: break
            }
        }
        return messages
    }

    private func storage(_ keys: [[UInt8]], _ id: String, _ block: Block) -> ByteBuffer? {
        guard let snapshot = chain.snapshot(at: block) else { return nil }
        return RPCResponse.notification("state_storage", subscription: id) {
            $0.storageChanges(keys, snapshot, block: block)
        }
    }

    /// The next status of a watched transaction, if this event changes it.
    private mutating func update(
        _ id: String, of hash: BlockHash, in place: BlockHash?, _ event: ChainEvent
    ) -> ByteBuffer? {
        switch event {
        case .imported(let block) where block.extrinsicHashes.contains(hash):
            kinds[id] = .transaction(hash, isInBlock: block.hash)
            return RPCResponse.status(id, "inBlock", block.hash)
        case .finalized(let block) where block.hash == place:
            kinds[id] = nil
            return RPCResponse.status(id, "finalized", block.hash)
        case .dropped(hash):
            kinds[id] = nil
            return RPCResponse.notification(SubscriptionMethods.extrinsicUpdate, subscription: id) {
                $0.string("invalid")
            }
        default: return nil
        }
    }
}

/// The names of subscriptions.
enum SubscriptionMethods {
    enum Kind { case heads(Heads), finalizedHeads, storage, runtimeVersion, transaction }
    enum Heads {
        case new, all
        var notification: String { self == .new ? "chain_newHead" : "chain_allHead" }
    }

    static let finalizedHead = "chain_finalizedHead"
    static let extrinsicUpdate = "author_extrinsicUpdate"

    static let subscribing: [String: Kind] = [
        "chain_subscribeNewHeads": .heads(.new), "chain_subscribeNewHead": .heads(.new),
        "chain_subscribeAllHeads": .heads(.all), "chain_subscribeFinalizedHeads": .finalizedHeads,
        "state_subscribeStorage": .storage, "state_subscribeRuntimeVersion": .runtimeVersion,
        "author_submitAndWatchExtrinsic": .transaction,
    ]

    static let unsubscribing: Set<String> = [
        "chain_unsubscribeNewHeads", "chain_unsubscribeNewHead", "chain_unsubscribeAllHeads",
        "chain_unsubscribeFinalizedHeads", "state_unsubscribeStorage", "state_unsubscribeRuntimeVersion",
        "author_unwatchExtrinsic",
    ]

    static let names = Array(subscribing.keys) + Array(unsubscribing)
}

extension RPCResponse {
    fileprivate static func head(_ method: String, _ id: String, _ block: Block) -> ByteBuffer {
        notification(method, subscription: id) { $0.header(block.header) }
    }

    fileprivate static func status(_ id: String, _ status: String, _ block: BlockHash) -> ByteBuffer {
        notification(SubscriptionMethods.extrinsicUpdate, subscription: id) { writer in
            writer.beginObject()
            writer.member(status, block.hex)
            writer.endObject()
        }
    }
}
