internal import Neurons

extension Dispatcher {
    /// Asks one miner for a whole answer, outside any client's request.
    ///
    /// The request goes out in the same bytes as a client's, so that a miner can't tell them apart. Nothing is
    /// observed yet: the caller adds what it learnt and hands the observation to ``record(_:)``.
    public func ask(_ request: CompletionRequest, _ candidate: Candidate, on entry: ModelCatalogue.Entry) async
        -> (answer: CompletionDelta?, observation: Observation)
    {
        let attempt = Attempt(
            requestID: request.requestID, choice: DispatchPlan.Choice(candidate: candidate, weight: 1),
            adapter: entry.adapter, model: entry.model, deadline: .now + entry.model.attemptTimeout, dendrite: dendrite)
        do {
            let encoded = try entry.adapter.neuronRequest(for: request, model: entry.model, asStream: false)
            let answer = try await attempt.answer(to: encoded)
            return (answer, attempt.observation(.answered, source: .probe))
        } catch {
            let outcome = Task.isCancelled ? .abandoned : Observation.Outcome.failed(Attempt.failureCode(of: error))
            return (nil, attempt.observation(outcome, source: .probe))
        }
    }

    public func record(_ observation: Observation) { observe(observation) }
}
