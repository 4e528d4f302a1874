internal import HTTPTransport
internal import JSON
internal import Logging
internal import Synchronization

extension ChainClient {
    /// Connects to one endpoint and stays until that ends; returns why.
    func serve(_ endpoint: String) async -> SubstrateError {
        let socket: WebSocket
        do {
            socket = try await WebSocket.connect(
                url: endpoint, maximumMessageBytes: configuration.maximumMessageBytes, tls: configuration.tls,
                on: loops, deadline: .now + configuration.connectTimeout)
        } catch {
            return SubstrateError(.connectFailed, "cannot connect to the node", isRetryable: true, cause: error)
                .at(endpoint: endpoint)
        }
        let connection = RPCConnection(socket, endpoint: endpoint)
        return await withTaskGroup(of: SubstrateError.self) { group in
            group.addTask { await connection.run() }
            group.addTask { await self.supervise(connection) }
            let failure = await group.next()
            // Closing also ends the reading task, so that the group can end.
            await connection.close()
            group.cancelAll()
            return failure ?? SubstrateError(.clientClosed, "the chain client is closed")
        }
    }

    /// Finds out what the node serves, offers it to callers, then watches it; returns why it should be left.
    private func supervise(_ connection: RPCConnection) async -> SubstrateError {
        do {
            let session = Session(connection, try await identify(connection))
            try await checkHealth(connection)
            connected(session)
            logger.info(
                "Chain connected",
                metadata: [
                    "chain.endpoint": "\(connection.endpoint)",
                    "chain.spec_version": "\(session.runtime.identity.specVersion)",
                ])
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await self.keepAlive(session) }
                group.addTask { try await self.followUpgrades(session) }
                defer { group.cancelAll() }
                while try await group.next() != nil {}
            }
            return SubstrateError(.connectionClosed, "the connection ended", isRetryable: true)
        } catch let error as SubstrateError {
            return error.at(endpoint: connection.endpoint)
        } catch {
            return SubstrateError(.clientClosed, "the chain client is closed")
        }
    }

    private func identify(_ connection: RPCConnection) async throws -> Runtime {
        let answer = try await ask(connection, "chain_getBlockHash", [.uint(0)])
        guard let genesis = answer.string.flatMap(BlockHash.init(hex:)) else {
            throw SubstrateError(.malformedResponse, "the node has no genesis hash").at(call: "chain_getBlockHash")
        }
        let pinned = state.withLock { state in
            if state.genesisHash == nil { state.genesisHash = genesis }
            return state.genesisHash
        }
        guard pinned == genesis else {
            throw SubstrateError(
                .wrongGenesis, "the node is on another chain: genesis \(genesis), expected \(pinned?.hex ?? "none")")
        }
        return try await loadRuntime(connection, genesis, RuntimeVersion(try await version(connection)))
    }

    private func version(_ connection: RPCConnection) async throws -> JSONElement {
        try await ask(connection, "state_getRuntimeVersion", [])
    }

    private func loadRuntime(
        _ connection: RPCConnection, _ genesis: BlockHash, _ version: RuntimeVersion
    ) async throws -> Runtime {
        let identity = ChainIdentity(
            genesisHash: genesis.bytes, specVersion: version.spec, transactionVersion: version.transaction)
        if let known = state.withLock({ $0.runtime }), known.identity == identity { return known }
        var metadata = try Metadata(decoding: try await metadataBytes(connection))
        // Version 14 does not describe the runtime APIs.
        if metadata.apis.isEmpty { metadata.assume(configuration.assumedAPIs) }
        return Runtime(codec: RuntimeCodec(metadata), identity: identity)
    }

    /// Version 15, else 14, else what the node has for everyone.
    private func metadataBytes(_ connection: RPCConnection) async throws -> [UInt8] {
        for version in [15, 14] as [UInt8] {
            let parameters: [RPCValue] = [.string("Metadata_metadata_at_version"), .hex([version, 0, 0, 0])]
            do {
                let answer = try await ask(connection, "state_call", parameters)
                var decoder = ScaleDecoder(try answer.scaleBytes("state_call"))
                let metadata = try decoder.option { (decoder) throws(SubstrateError) in try decoder.byteVector() }
                if let metadata { return metadata }
            } catch let error as SubstrateError where error.code == .rpcFailed {
                break
            }
        }
        return try (try await ask(connection, "state_getMetadata", [])).scaleBytes("state_getMetadata")
    }

    private func ask(
        _ connection: RPCConnection, _ method: String, _ parameters: [RPCValue]
    ) async throws -> JSONElement {
        try await withDeadline(configuration.keepAlive, expiry: { self.unanswered(method, connection.endpoint) }) {
            try await connection.call(method, parameters)
        }
    }

    private func keepAlive(_ session: Session) async throws {
        while true {
            try await Task.sleep(for: configuration.keepAlive)
            try await adopt(RuntimeVersion(try await version(session.connection)), session)
            try await checkHead(session.connection)
        }
    }

    /// Looks whether the runtime is another one than the session knows, and loads it then.
    ///
    /// - Returns: whether it was.
    func refresh(_ session: Session) async throws -> Bool {
        let known = session.runtime.identity
        try await adopt(RuntimeVersion(try await version(session.connection)), session)
        return session.runtime.identity != known
    }

    /// Whether a node that just connected can be used: not syncing, and not behind what is known of the chain.
    private func checkHealth(_ connection: RPCConnection) async throws {
        do {
            let health = try await ask(connection, "system_health", [])
            if health["isSyncing"]?.bool == true, health["shouldHavePeers"]?.bool != false {
                throw SubstrateError(.nodeBehind, "the node is still syncing", isRetryable: true)
            }
        } catch let error as SubstrateError where error.code == .rpcFailed {
            // Not every node tells.
        }
        // The first connection has nothing to compare with yet.
        if state.withLock({ $0.progress.highest != nil }) { try await checkHead(connection) }
    }

    /// Throws for a node whose head is behind or no longer moves.
    private func checkHead(_ connection: RPCConnection) async throws {
        let head = try BlockHeader(try await ask(connection, "chain_getHeader", []))
        let verdict = state.withLock { state in
            state.progress.observe(
                head.number, timeout: configuration.headTimeout, maximumLag: configuration.maximumLag)
        }
        switch verdict {
        case .fresh: return
        case .behind(let blocks):
            throw SubstrateError(
                .nodeBehind, "the node is \(blocks) blocks behind, at block \(head.number)", isRetryable: true
            ).at(call: "chain_getHeader")
        case .stalled(let duration):
            throw SubstrateError(
                .nodeStalled,
                "the node's head has been block \(head.number) for \(duration.components.seconds) seconds",
                isRetryable: true
            ).at(call: "chain_getHeader")
        }
    }

    /// Not every node offers the subscription; keeping alive notices upgrades too.
    private func followUpgrades(_ session: Session) async throws {
        let subscription: RPCSubscription
        do {
            subscription = try await session.connection.subscribe(
                "state_subscribeRuntimeVersion", [], unsubscribe: "state_unsubscribeRuntimeVersion")
        } catch let error as SubstrateError where error.code == .rpcFailed {
            return
        }
        for try await version in subscription.notifications { try await adopt(RuntimeVersion(version), session) }
    }

    private func adopt(_ version: RuntimeVersion, _ session: Session) async throws {
        let known = session.runtime.identity
        guard version.spec != known.specVersion || version.transaction != known.transactionVersion,
            let genesis = genesisHash
        else { return }
        let runtime = try await loadRuntime(session.connection, genesis, version)
        session.runtime = runtime
        state.withLock { $0.runtime = runtime }
        logger.info(
            "Chain runtime upgraded",
            metadata: ["chain.endpoint": "\(session.connection.endpoint)", "chain.spec_version": "\(version.spec)"])
    }

    func unanswered(_ call: String, _ endpoint: String) -> SubstrateError {
        SubstrateError(.deadlineExceeded, "the node did not answer in time", isRetryable: true)
            .at(endpoint: endpoint, call: call)
    }
}

/// The two numbers of a runtime's version that signatures bind to.
private struct RuntimeVersion {
    let spec: UInt32
    let transaction: UInt32

    init(_ json: JSONElement) throws(SubstrateError) {
        guard let spec = json["specVersion"]?.uint64.flatMap(UInt32.init(exactly:)),
            let transaction = json["transactionVersion"]?.uint64.flatMap(UInt32.init(exactly:))
        else {
            throw SubstrateError(.malformedResponse, "the node sent something that is not a runtime version")
                .at(call: "state_getRuntimeVersion")
        }
        self.spec = spec
        self.transaction = transaction
    }
}
