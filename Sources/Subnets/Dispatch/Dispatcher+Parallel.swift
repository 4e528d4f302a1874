internal import Neurons

extension Dispatcher {
    /// `first` over several miners: the first valid piece wins, the others end. More are asked as attempts fail, or
    /// when `hedgeAfter` went by without a winner.
    func race(_ dispatch: ChatDispatch, into sink: some CompletionSink) async throws -> Winner {
        let plan = dispatch.plan
        let race = AttemptRace<Void>(on: loops)
        let gate = AnswerGate { race.cancelAll(but: $0) }
        var started = 0
        var running = 0
        var failures = AttemptFailures()

        func startNext() {
            guard started < plan.choices.count, !gate.isClaimed else { return }
            let index = started
            race.start(index) { try await dispatch.run(index, gate: gate, sink: sink) }
            started += 1
            running += 1
            if let delay = dispatch.entry.model.hedgeAfter { race.ring(after: delay) }
        }

        return try await withTaskCancellationHandler {
            defer { race.cancelAll() }
            for _ in 0..<max(1, plan.fanOut) { startNext() }
            for await event in race.events {
                switch event {
                case .rang: startNext()
                case .finished(let index, .success):
                    return Winner(choice: plan.choices[index], attempts: started)
                case .finished(let index, .failure(let error)):
                    running -= 1
                    if let failure = error as? DownstreamFailure { throw failure.cause }
                    if error is LostRace { continue }
                    if gate.isClaimed, gate.claim(index) { throw error }
                    try Task.checkCancellation()
                    failures.add(error)
                    if ContinuousClock.now < plan.deadline { startNext() }
                }
                if running == 0 { break }
            }
            throw failures.summary(netuid: plan.netuid)
        } onCancel: {
            race.cancelAll()
        }
    }

    /// `best`: whole answers from `fanOut` miners, ranked; after the first valid one the others have
    /// `bestWindow` left. Agreement among them is part of what is observed of each.
    func best(_ dispatch: ChatDispatch, into sink: some CompletionSink) async throws -> Winner {
        let (entries, attempts) = try await wholeAnswers(dispatch)
        guard let winner = ranker.best(of: entries) else {
            throw DispatchError(.allAttemptsFailed, "No answer could be ranked")
        }
        _ = try await sink.receive(entries[winner].answer, from: entries[winner].choice)
        return Winner(choice: entries[winner].choice, attempts: attempts)
    }

    private func wholeAnswers(_ dispatch: ChatDispatch) async throws -> (entries: [AnswerRanker.Entry], attempts: Int) {
        let plan = dispatch.plan
        let race = AttemptRace<Finished>(on: loops)
        var started = 0
        var running = 0
        var done: [Finished] = []
        var failures = AttemptFailures()

        func startNext() {
            guard started < plan.choices.count else { return }
            let attempt = dispatch.attempt(started)
            race.start(started) { try await Finished.running(attempt, of: dispatch) }
            started += 1
            running += 1
        }

        return try await withTaskCancellationHandler {
            defer { race.cancelAll() }
            for _ in 0..<max(1, plan.fanOut) { startNext() }
            events: for await event in race.events {
                switch event {
                case .rang: break events
                case .finished(_, .success(let finished)):
                    running -= 1
                    if done.isEmpty { race.ring(after: dispatch.entry.model.bestWindow) }
                    done.append(finished)
                case .finished(_, .failure(let error)):
                    running -= 1
                    try Task.checkCancellation()
                    failures.add(error)
                    if done.isEmpty, ContinuousClock.now < plan.deadline { startNext() }
                }
                if running == 0 { break }
            }
            guard !done.isEmpty else { throw failures.summary(netuid: plan.netuid) }
            let entries = done.map { AnswerRanker.Entry(choice: $0.attempt.choice, answer: $0.answer) }
            for (finished, agreement) in zip(done, ranker.agreements(of: entries)) {
                var observation = finished.observation
                observation.agreement = agreement
                observe(observation)
            }
            return (entries, started)
        } onCancel: {
            race.cancelAll()
        }
    }
}

/// A whole answer with the attempt that brought it.
private struct Finished: Sendable {
    let attempt: Attempt
    let answer: CompletionDelta
    /// Made when the answer came; agreement is added once the others are known.
    let observation: Observation

    static func running(_ attempt: Attempt, of dispatch: ChatDispatch) async throws -> Finished {
        do {
            let answer = try await dispatch.wholeAnswer(attempt)
            return Finished(attempt: attempt, answer: answer, observation: attempt.observation(.answered))
        } catch {
            let outcome = Task.isCancelled ? .abandoned : Observation.Outcome.failed(Attempt.failureCode(of: error))
            dispatch.observe(attempt.observation(outcome))
            throw error
        }
    }
}
