public import Logging
internal import Neurons
internal import Signing
public import Subnets
internal import Subtensor

/// Asks every miner of a subnet the same question with a known answer, over and over.
public struct Prober: Sendable {
    private let configuration: ValidatorConfiguration
    private let entry: ModelCatalogue.Entry
    private let metagraphs: MetagraphStore
    private let dispatcher: Dispatcher
    private let ranker = AnswerRanker()
    private let logger: Logger

    /// - Parameter entry: a chat model whose subnet is probed.
    public init(
        _ configuration: ValidatorConfiguration, entry: ModelCatalogue.Entry, metagraphs: MetagraphStore,
        dispatcher: Dispatcher, logger: Logger
    ) {
        self.configuration = configuration
        self.entry = entry
        self.metagraphs = metagraphs
        self.dispatcher = dispatcher
        self.logger = logger
    }

    /// Probes until cancelled.
    public func run() async throws {
        while !Task.isCancelled {
            await probe()
            try await Task.sleep(for: configuration.probeInterval)
        }
    }

    /// One round: one question to all miners, a bounded number at once.
    func probe() async {
        guard let snapshot = metagraphs.snapshot(of: entry.adapter.netuid) else { return }
        var generator = SystemRandomNumberGenerator()
        let probe = Probe.random(using: &generator)
        let request = CompletionRequest(
            requestID: "probe", model: entry.model.id, messages: probe.messages,
            maximumTokens: entry.model.maximumTokens, hasExplicitMaximum: Bool.random(using: &generator))
        var results: [(candidate: Candidate, answer: CompletionDelta?, observation: Observation)] = []
        await withTaskGroup(of: (Candidate, CompletionDelta?, Observation).self) { group in
            var waiting = snapshot.miners.makeIterator()
            func startNext() {
                guard let candidate = waiting.next() else { return }
                group.addTask { [dispatcher, entry] in
                    let (answer, observation) = await dispatcher.ask(request, candidate, on: entry)
                    return (candidate, answer, observation)
                }
            }
            for _ in 0..<configuration.probeConcurrency { startNext() }
            for await result in group {
                results.append(result)
                startNext()
            }
        }
        record(results, probe)
    }

    private func record(
        _ results: [(candidate: Candidate, answer: CompletionDelta?, observation: Observation)], _ probe: Probe
    ) {
        let answered = results.compactMap { result in
            result.answer.map {
                AnswerRanker.Entry(choice: DispatchPlan.Choice(candidate: result.candidate, weight: 1), answer: $0)
            }
        }
        var agreements = ranker.agreements(of: answered).makeIterator()
        for result in results {
            var observation = result.observation
            if let answer = result.answer {
                observation.correctness = probe.correctness(of: answer.content)
                observation.agreement = agreements.next() ?? nil
            }
            dispatcher.record(observation)
            logger.debug(
                "Miner probed",
                metadata: [
                    "subnet.netuid": "\(observation.netuid.rawValue)", "miner.uid": "\(observation.miner.uid)",
                    "attempt.outcome": "\(observation.outcome)",
                    "probe.correctness": "\(observation.correctness.map { "\($0)" } ?? "-")",
                ])
        }
    }
}
