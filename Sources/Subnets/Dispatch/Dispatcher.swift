public import HTTPTransport
public import Neurons
internal import Subtensor

/// Sends a request to the miners of its plan and brings back one answer.
public final class Dispatcher: Sendable {
    let dendrite: Dendrite
    let health: MinerHealth
    let loops: EventLoops
    let ranker = AnswerRanker()
    let observe: ObservationSink

    /// - Parameter observe: told of every attempt; health learns of it first.
    public init(dendrite: Dendrite, health: MinerHealth, loops: EventLoops, observe: @escaping ObservationSink) {
        self.dendrite = dendrite
        self.health = health
        self.loops = loops
        self.observe = { observation in
            health.record(observation)
            observe(observation)
        }
    }

    /// Answers a chat completion by the model's strategy.
    ///
    /// - Parameter sink: gets the answer of one miner, whole or piece by piece. Until it was given something, any
    ///   miner can still win; an error after that is thrown as it is.
    public func complete(
        _ request: CompletionRequest, _ plan: DispatchPlan, on entry: ModelCatalogue.Entry,
        into sink: some CompletionSink
    ) async throws -> Winner {
        let dispatch = try ChatDispatch(
            request, plan, on: entry, dendrite: dendrite, health: health, observe: observe)
        switch entry.model.strategy {
        case .first where plan.fanOut == 1 && entry.model.hedgeAfter == nil:
            let gate = AnswerGate()
            return try await inTurn(plan, gate: gate) { index in
                try await dispatch.run(index, gate: gate, sink: sink)
            }
        case .first: return try await race(dispatch, into: sink)
        case .best: return try await best(dispatch, into: sink)
        }
    }

    /// Embeds texts with the first miner whose vectors are valid.
    public func embed(_ request: EmbeddingRequest, _ plan: DispatchPlan, on entry: ModelCatalogue.Entry) async throws
        -> (answer: EmbeddingAnswer, winner: Winner)
    {
        let encoded = try entry.adapter.neuronRequest(for: request, model: entry.model)
        var answer = EmbeddingAnswer(vectors: [])
        let winner = try await inTurn(plan, gate: AnswerGate()) { index in
            let attempt = Attempt(
                requestID: request.requestID, choice: plan.choices[index], adapter: entry.adapter, model: entry.model,
                deadline: min(plan.deadline, .now + entry.model.attemptTimeout), dendrite: dendrite)
            do {
                answer = try await attempt.embeddings(to: encoded, count: request.inputCount)
                observe(attempt.observation(.answered))
            } catch {
                let outcome = Task.isCancelled ? .abandoned : Observation.Outcome.failed(Attempt.failureCode(of: error))
                observe(attempt.observation(outcome))
                throw error
            }
        }
        return (answer, winner)
    }

    /// Tries the plan's miners one after another on the caller's own task.
    private func inTurn(_ plan: DispatchPlan, gate: AnswerGate, attempt: (Int) async throws -> Void) async throws
        -> Winner
    {
        var failures = AttemptFailures()
        for index in plan.choices.indices {
            do {
                try await attempt(index)
                return Winner(choice: plan.choices[index], attempts: index + 1)
            } catch {
                if let failure = error as? DownstreamFailure { throw failure.cause }
                try Task.checkCancellation()
                if gate.isClaimed { throw error }
                failures.add(error)
            }
            if ContinuousClock.now >= plan.deadline { break }
        }
        throw failures.summary(netuid: plan.netuid)
    }
}

/// The failures of a request's attempts, and what they come to.
struct AttemptFailures {
    private var count = 0
    private var timeouts = 0
    private var last: (any Error)?

    mutating func add(_ error: any Error) {
        count += 1
        last = error
        if (error as? TransportError)?.code == .deadlineExceeded { timeouts += 1 }
    }

    /// 504's error when every attempt ran out of time, 502's otherwise.
    func summary(netuid: Netuid) -> DispatchError {
        let code: DispatchError.Code = count > 0 && timeouts == count ? .timedOut : .allAttemptsFailed
        return DispatchError(
            code, "\(count) miners of subnet \(netuid.rawValue) were asked and none gave a valid answer", cause: last)
    }
}
