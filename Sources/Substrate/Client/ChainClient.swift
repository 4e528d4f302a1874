public import HTTPTransport
internal import JSON
public import Logging
internal import NIOCore
internal import Synchronization

/// One long-lived connection to a Substrate chain, over an ordered list of endpoints.
///
/// ``run()`` connects, watches for runtime upgrades, and reconnects when a node fails: run it as a service for as
/// long as the client is used. Calls wait for a connection within their deadline and say which endpoint and method
/// failed. The first node's genesis hash is kept: nodes on another chain are refused from then on.
public final class ChainClient: Sendable {
    /// What a connection's runtime is; replaced when the chain upgrades it.
    public struct Runtime: Sendable {
        public let codec: RuntimeCodec
        public let identity: ChainIdentity
    }

    /// A connection that has shown which chain it serves.
    final class Session: Sendable {
        let connection: RPCConnection
        private let current: Mutex<Runtime>
        init(_ connection: RPCConnection, _ runtime: Runtime) {
            self.connection = connection
            current = Mutex(runtime)
        }
        var runtime: Runtime {
            get { current.withLock { $0 } }
            set { current.withLock { $0 = newValue } }
        }
    }

    private struct State {
        var session: Session?
        /// Whether the connection at hand got as far as a session.
        var hadSession = false
        var waiters: [UInt64: CheckedContinuation<Session, any Error>] = [:]
        var nextWaiter: UInt64 = 0
        var genesisHash: BlockHash?
        /// The last runtime met; spares a reconnect the metadata.
        var runtime: Runtime?
        var lastFailure: SubstrateError?
        var isClosed = false
    }

    public let configuration: ChainClientConfiguration
    let submissions = SubmissionGate()
    private let loops: EventLoops
    private let logger: Logger
    private let state: Mutex<State>

    public init(_ configuration: ChainClientConfiguration, on loops: EventLoops, logger: Logger) {
        self.configuration = configuration
        self.loops = loops
        self.logger = logger
        state = Mutex(State(genesisHash: configuration.genesisHash))
    }

    /// Keeps the client connected until the task is cancelled; ends every call then.
    public func run() async {
        var backoff = Backoff(minimum: configuration.minimumBackoff, maximum: configuration.maximumBackoff)
        while !Task.isCancelled {
            for endpoint in configuration.endpoints where !Task.isCancelled {
                let failure = await serve(endpoint)
                let wasConnected = disconnected(failure)
                if Task.isCancelled { break }
                logger.warning(
                    wasConnected ? "Chain connection lost" : "Chain endpoint unavailable",
                    metadata: [
                        "chain.endpoint": "\(endpoint)", "error.code": "\(failure.code)",
                        "error.cause": "\(failure)",
                    ])
                if wasConnected {
                    backoff.reset()
                    break
                }
            }
            try? await Task.sleep(for: backoff.next())
        }
        close()
    }

    /// The runtime of the connected node.
    ///
    /// - Throws: ``SubstrateError`` `connectFailed` with the last failure once the call timeout has passed.
    public func runtime() async throws -> Runtime {
        try await withDeadline(configuration.callTimeout, expiry: { self.unavailable() }) {
            try await self.session().runtime
        }
    }

    /// The chain's genesis hash, once known.
    public var genesisHash: BlockHash? { state.withLock { $0.genesisHash } }

    /// Whether a node is connected at the moment.
    public var isConnected: Bool { state.withLock { $0.session != nil } }

    /// The connected session; waits for one.
    func session() async throws -> Session {
        let id = state.withLock { state in
            defer { state.nextWaiter += 1 }
            return state.nextWaiter
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let result: Result<Session, any Error>? = state.withLock { state in
                    if state.isClosed { return .failure(SubstrateError(.clientClosed, "the chain client is closed")) }
                    if let session = state.session { return .success(session) }
                    if Task.isCancelled { return .failure(CancellationError()) }
                    state.waiters[id] = continuation
                    return nil
                }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: id) }?.resume(throwing: CancellationError())
        }
    }

    /// Why there is no connection.
    func unavailable(_ call: String? = nil) -> SubstrateError {
        let last = state.withLock { $0.lastFailure }
        return SubstrateError(
            .connectFailed, "no chain endpoint could be reached in time", isRetryable: true, cause: last
        ).at(endpoint: configuration.endpoints.joined(separator: ", "), call: call)
    }

    private func close() {
        let waiters = state.withLock { state in
            state.isClosed = true
            state.session = nil
            defer { state.waiters.removeAll() }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.resume(throwing: SubstrateError(.clientClosed, "the chain client is closed")) }
    }

    private func connected(_ session: Session) {
        let waiters = state.withLock { state in
            state.session = session
            state.hadSession = true
            state.runtime = session.runtime
            defer { state.waiters.removeAll() }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.resume(returning: session) }
    }

    private func disconnected(_ failure: SubstrateError) -> Bool {
        state.withLock { state in
            state.lastFailure = failure
            state.session = nil
            defer { state.hadSession = false }
            return state.hadSession
        }
    }

    /// Offers a session no longer whose connection a caller has seen ending; ``run()`` learns of it a little later.
    func retire(_ session: Session) {
        state.withLock { state in
            if state.session === session { state.session = nil }
        }
    }
}

// MARK: One connection

extension ChainClient {
    /// Connects to one endpoint and stays until that ends; returns why.
    private func serve(_ endpoint: String) async -> SubstrateError {
        let socket: WebSocket
        do {
            socket = try await WebSocket.connect(
                url: endpoint, maximumMessageBytes: configuration.maximumMessageBytes, on: loops,
                deadline: .now + configuration.connectTimeout)
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
        let metadata = try Metadata(decoding: try await metadataBytes(connection))
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
