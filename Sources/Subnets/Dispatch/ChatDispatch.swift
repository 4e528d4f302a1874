internal import HTTPTransport
internal import Neurons

/// One chat completion on its way: the request's bytes, who may be asked, and where the answer goes.
struct ChatDispatch: Sendable {
    let request: CompletionRequest
    let plan: DispatchPlan
    let entry: ModelCatalogue.Entry
    let dendrite: Dendrite
    let health: MinerHealth
    let observe: ObservationSink
    private let first: NeuronRequest

    init(
        _ request: CompletionRequest, _ plan: DispatchPlan, on entry: ModelCatalogue.Entry, dendrite: Dendrite,
        health: MinerHealth, observe: @escaping ObservationSink
    ) throws(DispatchError) {
        self.request = request
        self.plan = plan
        self.entry = entry
        self.dendrite = dendrite
        self.health = health
        self.observe = observe
        first = try entry.adapter.neuronRequest(
            for: request, model: entry.model, asStream: request.isStream && entry.adapter.streams)
    }

    func attempt(_ index: Int) -> Attempt {
        Attempt(
            requestID: request.requestID, choice: plan.choices[index], adapter: entry.adapter, model: entry.model,
            deadline: min(plan.deadline, .now + entry.model.attemptTimeout), dendrite: dendrite)
    }

    /// Asks one miner and lets its answer through the gate; observes what came of it.
    func run(_ index: Int, gate: AnswerGate, sink: some CompletionSink) async throws {
        let attempt = attempt(index)
        var firstChunk: Duration?
        do {
            try await answer(attempt) { delta in
                if firstChunk == nil, delta.hasSubstance { firstChunk = ContinuousClock.now - attempt.startedAt }
                guard gate.claim(index) else { throw LostRace() }
                do { return try await sink.receive(delta, from: attempt.choice) } catch {
                    throw DownstreamFailure(cause: error)
                }
            }
            observe(attempt.observation(.answered, firstChunk: firstChunk))
        } catch {
            let isOurs = Task.isCancelled || error is LostRace || error is DownstreamFailure
            let outcome = isOurs ? Observation.Outcome.abandoned : .failed(Attempt.failureCode(of: error))
            observe(attempt.observation(outcome, firstChunk: firstChunk))
            throw error
        }
    }

    /// Takes one miner's whole answer, for ranking beside others; the caller observes.
    func wholeAnswer(_ attempt: Attempt) async throws -> CompletionDelta {
        if request.isStream, entry.adapter.streams {
            return try await attempt.answer(
                to: entry.adapter.neuronRequest(for: request, model: entry.model, asStream: false))
        }
        return try await attempt.answer(to: first)
    }

    /// A stream from a miner that streams, otherwise its whole answer as one piece.
    private func answer(_ attempt: Attempt, receive: (CompletionDelta) async throws -> Bool) async throws {
        guard request.isStream, entry.adapter.streams else {
            _ = try await receive(try await attempt.answer(to: first))
            return
        }
        if !health.isPlainOnly(attempt.miner, in: plan.netuid) {
            do {
                return try await attempt.stream(first, receive: receive)
            } catch let error as NeuronError where error.status == 404 {
                health.markPlainOnly(attempt.miner, in: plan.netuid)
            }
        }
        _ = try await receive(try await wholeAnswer(attempt))
    }
}
