internal import JSON

/// One storage value to read.
public struct StorageQuery: Hashable, Sendable {
    public var pallet: String
    public var item: String
    public var keys: [ScaleValue]

    public init(_ pallet: String, _ item: String, _ keys: ScaleValue...) {
        self.pallet = pallet
        self.item = item
        self.keys = keys
    }
}

/// One question to a runtime API.
public struct RuntimeQuery: Hashable, Sendable {
    public var api: String
    public var method: String
    public var arguments: [ScaleValue]

    public init(_ api: String, _ method: String, _ arguments: ScaleValue...) {
        self.api = api
        self.method = method
        self.arguments = arguments
    }

    var name: String { "\(api)_\(method)" }
}

extension ChainClient {
    /// The node's best head.
    public func head() async throws -> BlockHeader {
        try BlockHeader(try await call("chain_getHeader"))
    }

    public func finalizedHead() async throws -> BlockHeader {
        let answer = try await call("chain_getFinalizedHead")
        guard let hash = answer.string.flatMap(BlockHash.init(hex:)) else {
            throw SubstrateError(.malformedResponse, "not a block hash").at(call: "chain_getFinalizedHead")
        }
        return try await header(at: hash)
    }

    public func header(at hash: BlockHash) async throws -> BlockHeader {
        let header = try BlockHeader(try await call("chain_getHeader", [.at(hash)]))
        return header
    }

    /// The hash of a block of the best chain; nil where there is none of this number.
    public func blockHash(_ number: UInt64) async throws -> BlockHash? {
        try await call("chain_getBlockHash", [.uint(number)]).string.flatMap(BlockHash.init(hex:))
    }

    /// New best heads, or finalized ones, as the node announces them; goes on after a reconnect.
    public func heads(finalized: Bool = false) -> AsyncThrowingStream<BlockHeader, any Error> {
        let kind = finalized ? "Finalized" : "New"
        let notifications = subscribe(
            "chain_subscribe\(kind)Heads", unsubscribe: "chain_unsubscribe\(kind)Heads")
        let (stream, sink) = AsyncThrowingStream.makeStream(
            of: BlockHeader.self, throwing: (any Error).self, bufferingPolicy: .bufferingNewest(16))
        // Cancelled when the stream's reader is gone.
        let feeder = Task {
            do {
                for try await value in notifications { sink.yield(try BlockHeader(value)) }
                sink.finish()
            } catch {
                sink.finish(throwing: error)
            }
        }
        sink.onTermination = { _ in feeder.cancel() }
        return stream
    }

    /// Storage values at one block, in one round trip.
    ///
    /// - Parameter block: nil for the node's best.
    /// - Returns: a value per query; absent ones are the item's default, or nil where it is optional.
    public func storage(_ queries: [StorageQuery], at block: BlockHash? = nil) async throws -> [ScaleValue?] {
        let method = "state_queryStorageAt"
        return try await onSession(method, isRepeatable: true) { session in
            let codec = session.runtime.codec
            var keys: [[UInt8]] = []
            for query in queries { keys.append(try codec.storageKey(query.pallet, query.item, query.keys)) }
            let answer = try await session.connection.call(method, [.array(keys.map(RPCValue.hex)), .at(block)])
            let found = try Self.changes(answer, method)
            var values: [ScaleValue?] = []
            for (query, key) in zip(queries, keys) {
                values.append(try codec.decodeStorage(query.pallet, query.item, found[key]))
            }
            return values
        }
    }

    /// One storage value; see ``storage(_:at:)``.
    public func storage(_ query: StorageQuery, at block: BlockHash? = nil) async throws -> ScaleValue? {
        try await storage([query], at: block).first ?? nil
    }

    /// The raw keys under a map's prefix, page by page.
    ///
    /// - Throws: `limitExceeded` for more than `limit`.
    public func storageKeys(
        _ query: StorageQuery, at block: BlockHash, limit: Int = 100_000
    ) async throws -> [[UInt8]] {
        let prefix = try (try await runtime()).codec.storageKey(query.pallet, query.item, query.keys)
        let pageSize = 1_000
        var keys: [[UInt8]] = []
        while true {
            let answer = try await call(
                "state_getKeysPaged",
                [.hex(prefix), .uint(UInt64(pageSize)), keys.last.map(RPCValue.hex) ?? .null, .at(block)])
            let page = try answer.elements.map { try $0.scaleBytes("state_getKeysPaged") }
            guard page.allSatisfy({ $0.starts(with: prefix) }), keys.isEmpty || page.first != keys.last else {
                throw SubstrateError(.malformedResponse, "the node sent keys that were not asked for")
                    .at(call: "state_getKeysPaged")
            }
            keys += page
            guard keys.count <= limit else {
                throw SubstrateError.limitExceeded("\(query.pallet).\(query.item) has more than \(limit) keys")
            }
            if page.count < pageSize { return keys }
        }
    }

    /// Asks a runtime API.
    ///
    /// - Throws: `unknownName` where the runtime's metadata has no such API.
    public func query(
        _ api: String, _ method: String, _ arguments: [ScaleValue], at block: BlockHash? = nil
    ) async throws -> ScaleValue {
        try await onSession("\(api)_\(method)", isRepeatable: true) { session in
            let codec = session.runtime.codec
            let bytes = try codec.encodeArguments(api, method, arguments)
            let answer = try await session.connection.call(
                "state_call", [.string("\(api)_\(method)"), .hex(bytes), .at(block)])
            do {
                return try codec.decodeResult(api, method, try answer.scaleBytes("\(api)_\(method)"))
            } catch let error as SubstrateError {
                throw error.at(endpoint: session.connection.endpoint, call: "\(api)_\(method)")
            }
        }
    }

    /// Asks runtime APIs several questions in one message, at one block.
    ///
    /// - Returns: a result per query, in their order.
    public func query(
        _ queries: [RuntimeQuery], at block: BlockHash
    ) async throws -> [Result<ScaleValue, SubstrateError>] {
        try await onSession("state_call", isRepeatable: true) { session in
            let codec = session.runtime.codec
            var calls: [RPCCall] = []
            for query in queries {
                let bytes = try codec.encodeArguments(query.api, query.method, query.arguments)
                calls.append(RPCCall("state_call", [.string(query.name), .hex(bytes), .at(block)]))
            }
            let answers = try await session.connection.batch(calls)
            return zip(queries, answers).map { query, answer in
                answer.flatMap { answer in
                    Result { () throws(SubstrateError) in
                        try codec.decodeResult(query.api, query.method, try answer.scaleBytes(query.name))
                    }.mapError { $0.at(endpoint: session.connection.endpoint, call: query.name) }
                }
            }
        }
    }

    static func changes(_ answer: JSONElement, _ method: String) throws(SubstrateError) -> [[UInt8]: [UInt8]] {
        var found: [[UInt8]: [UInt8]] = [:]
        for set in answer.elements {
            guard let changes = set["changes"] else { continue }
            for change in changes.elements {
                let pair = Array(change.elements)
                guard pair.count == 2 else {
                    throw SubstrateError(.malformedResponse, "a storage change is not a pair").at(call: method)
                }
                let key = try pair[0].scaleBytes(method)
                if !pair[1].isNull { found[key] = try pair[1].scaleBytes(method) }
            }
        }
        return found
    }
}
