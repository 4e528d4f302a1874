public import JSON
internal import Signing

extension ChainClient {
    /// One JSON-RPC call on the current connection.
    ///
    /// - Parameter isRepeatable: whether a call whose connection broke is made once more on the next one.
    /// - Throws: ``SubstrateError`` naming endpoint and method, or `CancellationError`.
    public func call(
        _ method: String, _ parameters: [RPCValue] = [], isRepeatable: Bool = true
    ) async throws -> JSONElement {
        try await onSession(method, isRepeatable: isRepeatable) { session in
            try await session.connection.call(method, parameters)
        }
    }

    /// Several JSON-RPC calls in one message, answered together.
    ///
    /// - Returns: a result per call, in the calls' order; one that fails does not fail the others.
    /// - Throws: ``SubstrateError`` where the whole batch got no answer, or `CancellationError`.
    public func batch(
        _ calls: [RPCCall], isRepeatable: Bool = true
    ) async throws -> [Result<JSONElement, SubstrateError>] {
        try await onSession("batch of \(calls.count)", isRepeatable: isRepeatable) { session in
            try await session.connection.batch(calls)
        }
    }

    /// Notifications of a subscription that outlives connections: it is made again on each new one.
    ///
    /// Ends when the client closes or the task that reads it does. What happened while disconnected is missing.
    public func subscribe(
        _ method: String, _ parameters: [RPCValue] = [], unsubscribe: String
    ) -> AsyncThrowingStream<JSONElement, any Error> {
        let (stream, sink) = AsyncThrowingStream.makeStream(
            of: JSONElement.self, throwing: (any Error).self, bufferingPolicy: .bufferingNewest(64))
        // Cancelled when the stream's reader is gone.
        let feeder = Task {
            do {
                while !Task.isCancelled {
                    let session = try await self.session()
                    do {
                        let subscription = try await session.connection.subscribe(
                            method, parameters, unsubscribe: unsubscribe)
                        for try await value in subscription.notifications { sink.yield(value) }
                    } catch let error as SubstrateError where error.endedConnection {
                        self.retire(session)
                    }
                }
                sink.finish()
            } catch {
                sink.finish(throwing: error)
            }
        }
        sink.onTermination = { _ in feeder.cancel() }
        return stream
    }

    /// Runs `body` on a session within the call timeout; once more where the connection broke under it, or where
    /// the chain's runtime was upgraded under it.
    func onSession<R: Sendable>(
        _ call: String, isRepeatable: Bool, _ body: @escaping @Sendable (Session) async throws -> R
    ) async throws -> R {
        try await withDeadline(configuration.callTimeout, expiry: { self.overdue(call) }) {
            let session = try await self.session()
            do {
                return try await body(session)
            } catch let error as SubstrateError where error.endedConnection {
                self.retire(session)
                guard isRepeatable else { throw error }
                return try await body(try await self.session())
            } catch let error as SubstrateError where error.mayComeFromUpgrade {
                guard (try? await self.refresh(session)) == true else { throw error }
                return try await body(session)
            }
        }
    }

    private func overdue(_ call: String) -> SubstrateError {
        isConnected ? unanswered(call, configuration.endpoints.joined(separator: ", ")) : unavailable(call)
    }
}

extension SubstrateError {
    /// Whether a runtime that changed since its metadata was read explains it: values decode differently, and
    /// signatures bind to the version.
    fileprivate var mayComeFromUpgrade: Bool {
        code == .malformed || code == .invalidTransaction && failure?.name == "BadProof"
    }
}

extension JSONElement {
    /// The bytes behind a `0x…` result.
    func scaleBytes(_ call: String) throws(SubstrateError) -> [UInt8] {
        guard let text = string, let bytes = try? Hex.decode(text) else {
            throw SubstrateError(.malformedResponse, "the node's answer is not hexadecimal").at(call: call)
        }
        return bytes
    }
}
