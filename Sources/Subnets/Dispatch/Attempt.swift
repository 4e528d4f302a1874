internal import HTTPTransport
internal import NIOCore
internal import Neurons

/// Asking one miner one thing, and what came of it.
struct Attempt: Sendable {
    /// Bytes of a whole answer, at most.
    static let maximumAnswerBytes = 16 << 20

    let requestID: String
    let choice: DispatchPlan.Choice
    let adapter: SubnetAdapter
    let model: ModelConfiguration
    /// The answer, or the stream's first piece, is here by then.
    let deadline: ContinuousClock.Instant
    let dendrite: Dendrite
    let startedAt = ContinuousClock.now

    var miner: Miner { choice.miner }

    /// Takes the whole answer.
    func answer(to request: NeuronRequest) async throws -> CompletionDelta {
        let adapter = adapter
        return try await dendrite.withAnswer(to: request, from: miner, deadline: deadline) { answer in
            try adapter.answer(from: try await answer.collect(upTo: Self.maximumAnswerBytes))
        }
    }

    func embeddings(to request: NeuronRequest, count: Int) async throws -> EmbeddingAnswer {
        let adapter = adapter
        return try await dendrite.withAnswer(to: request, from: miner, deadline: deadline) { answer in
            try adapter.embeddings(from: try await answer.collect(upTo: Self.maximumAnswerBytes), count: count)
        }
    }

    /// Takes the answer piece by piece until it ends or `receive` has enough.
    ///
    /// - Parameter receive: returns false when no more is wanted; then the miner's connection is closed.
    func stream(
        _ request: NeuronRequest, receive: (CompletionDelta) async throws -> Bool
    ) async throws {
        let adapter = adapter
        let wholeDeadline = startedAt + model.streamTimeout
        try await dendrite.withAnswer(to: request, from: miner, deadline: deadline) { answer in
            var decoder = adapter.streamDecoder()
            var hasBegun = false
            while let chunk = try await answer.next() {
                for delta in try decoder.decode(chunk) {
                    if !hasBegun {
                        hasBegun = true
                        answer.extendDeadline(to: wholeDeadline)
                    }
                    guard try await receive(delta) else { return }
                }
            }
            let last = try decoder.finish()
            guard hasBegun || last.hasSubstance else {
                throw DispatchError(.malformedAnswer, "The miner's stream ended without any text")
            }
            _ = try await receive(last)
        }
    }

    func observation(
        _ outcome: Observation.Outcome, firstChunk: Duration? = nil, source: Observation.Source = .organic
    ) -> Observation {
        Observation(
            requestID: requestID, netuid: adapter.netuid, miner: miner, source: source, outcome: outcome,
            latency: ContinuousClock.now - startedAt, firstChunk: firstChunk)
    }

    /// A stable word for what went wrong, for logs and scores.
    static func failureCode(of error: any Error) -> String {
        switch error {
        case let error as NeuronError: "\(error.code)"
        case let error as TransportError: "\(error.code)"
        case let error as DispatchError: "\(error.code)"
        default: "failed"
        }
    }
}
