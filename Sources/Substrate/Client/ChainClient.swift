public import HTTPTransport
public import Logging
internal import Synchronization

/// One long-lived connection to a Substrate chain, over an ordered list of endpoints.
///
/// ``run()`` connects, watches for runtime upgrades, and reconnects when a node fails: run it as a service for as
/// long as the client is used. Calls wait for a connection within their deadline and say which endpoint and method
/// failed. The first node's genesis hash is kept: nodes on another chain are refused from then on. So are nodes that are
/// syncing, behind what another node has shown, or whose head no longer moves.
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

    struct State {
        var session: Session?
        /// Whether the connection at hand got as far as a session.
        var hadSession = false
        var waiters: [UInt64: CheckedContinuation<Session, any Error>] = [:]
        var nextWaiter: UInt64 = 0
        var genesisHash: BlockHash?
        /// The last runtime met; spares a reconnect the metadata.
        var runtime: Runtime?
        /// How far the chain has come, by any node's word.
        var progress = HeadProgress()
        var lastFailure: SubstrateError?
        var isClosed = false
        /// It closed itself because no endpoint could be reached.
        var hasGivenUp = false
    }

    public let configuration: ChainClientConfiguration
    let submissions = SubmissionGate()
    let loops: EventLoops
    let logger: Logger
    let state: Mutex<State>

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
            var wasConnected = false
            for endpoint in configuration.endpoints where !Task.isCancelled {
                let failure = await serve(endpoint)
                wasConnected = disconnected(failure)
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
            guard wasConnected || configuration.isPersistent else { return giveUp() }
            try? await Task.sleep(for: backoff.next())
        }
        close()
    }

    /// Ends every call, waiting and to come, with why no endpoint could be reached.
    private func giveUp() {
        let waiters = state.withLock { state in
            defer { state.waiters = [:] }
            state.isClosed = true
            state.hasGivenUp = true
            return state.waiters.values
        }
        for waiter in waiters { waiter.resume(throwing: unavailable()) }
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
        if state.withLock({ $0.hasGivenUp }) { throw unavailable() }
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

    func connected(_ session: Session) {
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
