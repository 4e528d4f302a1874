internal import HTTPTransport
internal import JSON
internal import NIOCore
internal import Synchronization

/// JSON-RPC 2.0 over one WebSocket: pipelined calls told apart by id, and subscriptions.
///
/// ``run()`` reads; everything else may be called from any task. Once reading ends every open call and subscription
/// ends with the same error.
final class RPCConnection: Sendable {
    /// One open call. The answer may come before its caller waits for it.
    private struct Pending {
        var continuation: CheckedContinuation<JSONElement, any Error>?
        var result: Result<JSONElement, SubstrateError>?
        /// For a call that subscribes: where its notifications go.
        var sink: RPCSubscription.Sink?
    }

    private struct State {
        var nextID: UInt64 = 1
        var pending: [UInt64: Pending] = [:]
        var sinks: [String: RPCSubscription.Sink] = [:]
        /// Notifications that came before the answer which carries their subscription's id.
        var early: [(subscription: String, value: JSONElement)] = []
        var failure: SubstrateError?
    }

    /// Early notifications kept; a node that sends more for subscriptions nobody has is not answered by memory.
    private static let maximumEarly = 64

    let endpoint: String
    private let socket: WebSocket
    private let state = Mutex(State())

    init(_ socket: WebSocket, endpoint: String) {
        self.socket = socket
        self.endpoint = endpoint
    }

    /// Reads until the connection ends, and says why.
    func run() async -> SubstrateError {
        let failure: SubstrateError
        do {
            while let message = try await socket.receive() { try handle(message) }
            failure = SubstrateError(.connectionClosed, "the node closed the connection", isRetryable: true)
        } catch let error as SubstrateError {
            failure = error
        } catch {
            failure = Self.broken(error)
        }
        return end(failure.at(endpoint: endpoint))
    }

    private static func broken(_ cause: any Error) -> SubstrateError {
        var error = SubstrateError(
            .connectionClosed, "the connection to the node broke", isRetryable: true, cause: cause)
        error.endedConnection = true
        return error
    }

    func close() async { await socket.close() }

    /// Calls without an answer yet.
    var openCalls: Int { state.withLock { $0.pending.count } }

    /// Sends one call and waits for its result.
    ///
    /// - Throws: ``SubstrateError`` naming endpoint and method, or `CancellationError`.
    func call(_ method: String, _ parameters: [RPCValue]) async throws -> JSONElement {
        try await exchange(method, parameters, sink: nil)
    }

    /// Sends several calls in one message and waits for all their results.
    ///
    /// - Throws: ``SubstrateError`` naming the endpoint where the connection ended, or `CancellationError`.
    func batch(_ calls: [RPCCall]) async throws -> [Result<JSONElement, SubstrateError>] {
        guard !calls.isEmpty else { return [] }
        let name = "batch of \(calls.count)"
        let ids = try state.withLock { state throws(SubstrateError) in
            if let failure = state.failure { throw failure.at(call: name) }
            let first = state.nextID
            state.nextID += UInt64(calls.count)
            for id in first..<state.nextID { state.pending[id] = Pending() }
            return first..<state.nextID
        }
        // What a thrown error leaves behind is forgotten.
        defer { state.withLock { state in for id in ids { state.pending[id] = nil } } }
        do {
            try await socket.send(RPCValue.batch(Array(zip(ids, calls))))
            var results: [Result<JSONElement, SubstrateError>] = []
            for (id, call) in zip(ids, calls) {
                do {
                    results.append(.success(try await answer(to: id)))
                } catch let error as SubstrateError where !error.endedConnection {
                    results.append(.failure(error.at(endpoint: endpoint, call: call.method)))
                }
            }
            return results
        } catch let error as SubstrateError {
            throw error.at(endpoint: endpoint, call: name)
        } catch let error as CancellationError {
            throw error
        } catch {
            throw Self.broken(error).at(endpoint: endpoint, call: name)
        }
    }

    /// Sends a call that subscribes.
    ///
    /// - Parameters:
    ///   - unsubscribe: the method that ends it; sent when the subscription is dropped.
    ///   - limit: notifications kept for a consumer that lags; with more the subscription ends.
    func subscribe(
        _ method: String, _ parameters: [RPCValue], unsubscribe: String, limit: Int = 256
    ) async throws -> RPCSubscription {
        let (stream, sink) = AsyncThrowingStream.makeStream(
            of: JSONElement.self, throwing: (any Error).self, bufferingPolicy: .bufferingOldest(limit))
        let answer = try await exchange(method, parameters, sink: sink)
        let id = RPCMessage.key(answer)
        sink.onTermination = { [weak self] _ in self?.drop(id, unsubscribe: unsubscribe, answer: answer) }
        return RPCSubscription(id: id, notifications: stream)
    }

    private func exchange(
        _ method: String, _ parameters: [RPCValue], sink: RPCSubscription.Sink?
    ) async throws -> JSONElement {
        let id = try state.withLock { state throws(SubstrateError) in
            if let failure = state.failure { throw failure.at(call: method) }
            defer { state.nextID += 1 }
            state.pending[state.nextID] = Pending(sink: sink)
            return state.nextID
        }
        do {
            try await socket.send(RPCValue.request(id: id, method: method, parameters))
            return try await answer(to: id)
        } catch let error as SubstrateError {
            throw error.at(endpoint: endpoint, call: method)
        } catch let error as CancellationError {
            throw error
        } catch {
            _ = state.withLock { $0.pending.removeValue(forKey: id) }
            throw Self.broken(error).at(endpoint: endpoint, call: method)
        }
    }

    private func answer(to id: UInt64) async throws -> JSONElement {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let result: Result<JSONElement, any Error>? = state.withLock { state in
                    // Gone means that the connection ended, or the task was cancelled, since it was sent.
                    guard let pending = state.pending[id] else {
                        return .failure(state.failure ?? CancellationError())
                    }
                    if let result = pending.result {
                        state.pending[id] = nil
                        return result.mapError { $0 }
                    }
                    state.pending[id]?.continuation = continuation
                    return nil
                }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            let pending = state.withLock { $0.pending.removeValue(forKey: id) }
            pending?.continuation?.resume(throwing: CancellationError())
        }
    }

    private func handle(_ message: ByteBuffer) throws(SubstrateError) {
        for message in try RPCMessage.all(in: message) {
            switch message {
            case .answer(let id, let result): complete(id, result)
            case .notification(let subscription, let value): notify(subscription, value)
            }
        }
    }

    private func complete(_ id: UInt64, _ result: Result<JSONElement, SubstrateError>) {
        let continuation = state.withLock { state -> CheckedContinuation<JSONElement, any Error>? in
            guard var pending = state.pending[id] else { return nil }
            if let sink = pending.sink, case .success(let answer) = result {
                let key = RPCMessage.key(answer)
                state.sinks[key] = sink
                for item in state.early where item.subscription == key { sink.yield(item.value) }
                state.early.removeAll { $0.subscription == key }
            }
            guard let continuation = pending.continuation else {
                pending.result = result
                state.pending[id] = pending
                return nil
            }
            state.pending[id] = nil
            return continuation
        }
        continuation?.resume(with: result.mapError { $0.at(endpoint: endpoint) })
    }

    private func notify(_ subscription: String, _ value: JSONElement) {
        let sink = state.withLock { state -> RPCSubscription.Sink? in
            if let sink = state.sinks[subscription] { return sink }
            if state.early.count >= Self.maximumEarly { state.early.removeFirst() }
            state.early.append((subscription, value))
            return nil
        }
        if case .dropped? = sink?.yield(value) {
            sink?.finish(throwing: SubstrateError(.limitExceeded, "notifications came faster than they were read"))
        }
    }

    /// Forgets a subscription and tells the node, which need not answer.
    private func drop(_ id: String, unsubscribe: String, answer: JSONElement) {
        let isOpen = state.withLock { state in
            state.sinks.removeValue(forKey: id) != nil && state.failure == nil
        }
        guard isOpen else { return }
        let parameter = answer.string.map(RPCValue.string) ?? .uint(answer.uint64 ?? 0)
        // Ends by itself: sending fails once the connection is gone.
        Task { [socket, nextID = takeID()] in
            try? await socket.send(RPCValue.request(id: nextID, method: unsubscribe, [parameter]))
        }
    }

    private func takeID() -> UInt64 {
        state.withLock { state in
            defer { state.nextID += 1 }
            return state.nextID
        }
    }

    private func end(_ failure: SubstrateError) -> SubstrateError {
        var failure = failure
        failure.endedConnection = true
        let (continuations, sinks) = state.withLock { [failure] state in
            state.failure = failure
            defer {
                state.pending.removeAll()
                state.sinks.removeAll()
                state.early.removeAll()
            }
            let waiting = state.pending.values.compactMap(\.continuation)
            return (waiting, Array(state.sinks.values))
        }
        for continuation in continuations { continuation.resume(throwing: failure) }
        for sink in sinks { sink.finish(throwing: failure) }
        return failure
    }
}

/// An open subscription. Dropping its stream ends it at the node.
struct RPCSubscription: Sendable {
    typealias Sink = AsyncThrowingStream<JSONElement, any Error>.Continuation
    let id: String
    let notifications: AsyncThrowingStream<JSONElement, any Error>
}
