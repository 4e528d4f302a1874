import HTTPTransport
import Metering
import NIOCore
import Neurons
import Signing
import Subtensor
import Synchronization
import Testing

@testable import Subnets

@Suite("Dispatcher") struct DispatcherTests {
    /// Collects what the caller gets.
    final class Sink: CompletionSink {
        struct State {
            var text = ""
            var pieces = 0
            var winner: UInt16?
        }
        let state = Mutex(State())
        let limit: Int

        init(limit: Int = .max) { self.limit = limit }
        var text: String { state.withLock { $0.text } }
        var winner: UInt16? { state.withLock { $0.winner } }

        func receive(_ delta: CompletionDelta, from choice: DispatchPlan.Choice) async throws -> Bool {
            state.withLock { state in
                state.text += delta.content
                state.pieces += 1
                state.winner = choice.miner.uid
                return state.text.utf8.count < limit
            }
        }
    }

    /// Runs one completion over mock miners, in the order given.
    private func complete(
        _ behaviours: [MockMiner.Behaviour], isStream: Bool = false, sink: Sink = Sink(),
        _ adjust: (inout ModelConfiguration) -> Void = { _ in }
    ) async throws -> (miners: [MockMiner], observations: [Observation], result: Result<Winner, any Error>) {
        let loops = EventLoops(count: 1)
        var model = ModelConfiguration(id: "m", netuid: Netuid(1), price: .free)
        model.attemptTimeout = .seconds(20)
        model.bestWindow = .milliseconds(300)
        model.maximumAttempts = behaviours.count
        adjust(&model)
        let catalogue = try ModelCatalogue(
            models: [model], subnets: [SubnetConfiguration(netuid: Netuid(1), chat: .init())])
        let entry = try #require(catalogue["m"])
        let miners = behaviours.map { MockMiner($0) }
        var choices: [DispatchPlan.Choice] = []
        for (index, miner) in miners.enumerated() {
            let candidate = try await miner.start(UInt8(index + 1), on: loops)
            choices.append(DispatchPlan.Choice(candidate: candidate, weight: 1 / Double(index + 1)))
        }
        let observations = Mutex<[Observation]>([])
        let client = HTTPClient(on: loops)
        let dispatcher = Dispatcher(
            dendrite: Dendrite(client: client, signer: try SR25519KeyPair(uri: "//Alice")), health: MinerHealth(),
            loops: loops
        ) { observation in observations.withLock { $0.append(observation) } }
        let now = ContinuousClock.now
        let plan = DispatchPlan(
            netuid: Netuid(1), block: 1, choices: choices, fanOut: model.fanOut, startedAt: now,
            deadline: now + model.deadline)
        let request = CompletionRequest(
            requestID: "req_1", model: "m", messages: ByteBuffer(string: #"[{"role":"user","content":"hi"}]"#),
            maximumTokens: 100, isStream: isStream)
        let result = await loops.run {
            do {
                return Result<Winner, any Error>.success(
                    try await dispatcher.complete(request, plan, on: entry, into: sink))
            } catch {
                return .failure(error)
            }
        }
        await client.shutDown()
        for miner in miners { await miner.stop() }
        await loops.shutdown()
        return (miners, observations.withLock { $0 }, result)
    }

    private func code(_ result: Result<Winner, any Error>) -> DispatchError.Code? {
        guard case .failure(let error as DispatchError) = result else { return nil }
        return error.code
    }

    @Test("goes on to the next miner until one answers") func failover() async throws {
        let sink = Sink()
        let (_, observations, result) = try await complete(
            [.status(500), .garbage, .hang, .answer("good"), .answer("unasked")], sink: sink
        ) { $0.attemptTimeout = .milliseconds(400) }
        #expect(try result.get().attempts == 4)
        #expect(sink.text == "good" && sink.winner == 4)
        #expect(observations.map { $0.outcome == .answered } == [false, false, false, true])
    }

    @Test("fails when all miners do, and by timeout when all were silent") func allFail() async throws {
        #expect(code(try await complete([.status(500), .garbage]).result) == .allAttemptsFailed)
        #expect(
            code(try await complete([.hang, .hang]) { $0.attemptTimeout = .milliseconds(100) }.result) == .timedOut)
        let late = try await complete([.hang, .answer("late")]) { $0.deadline = .milliseconds(200) }
        #expect(code(late.result) == .timedOut)
    }

    @Test("streams pieces as they come") func streams() async throws {
        let sink = Sink()
        let (_, _, result) = try await complete([.stream(["a", "b", "c"])], isStream: true, sink: sink)
        #expect(throws: Never.self) { try result.get() }
        #expect(sink.text == "abc")
    }

    @Test("makes a stream from the plain answer of a miner without a streaming synapse") func plainFallback()
        async throws
    {
        let sink = Sink()
        let (miners, _, result) = try await complete([.answer("whole")], isStream: true, sink: sink)
        #expect(throws: Never.self) { try result.get() }
        #expect(sink.text == "whole")
        #expect(miners[0].asked == ["/ChatStreamSynapse", "/ChatSynapse"])
    }

    @Test("a stream that breaks after its first piece is an error, not another miner's turn") func brokenStream()
        async throws
    {
        let sink = Sink()
        let (miners, observations, result) = try await complete(
            [.cutStream(["half"]), .answer("other")], isStream: true, sink: sink)
        #expect(throws: (any Error).self) { try result.get() }
        #expect(sink.text == "half")
        #expect(miners[1].asked.isEmpty)
        #expect(observations.count == 1 && observations[0].outcome != .answered)
    }

    @Test("stops an endless miner when the caller has enough") func endless() async throws {
        let sink = Sink(limit: 1_000)
        let (_, observations, result) = try await complete([.endless], isStream: true, sink: sink)
        #expect(throws: Never.self) { try result.get() }
        #expect(sink.text.utf8.count < 1_000_000)
        #expect(observations[0].outcome == .answered)
    }

    @Test("with several at once the first answer wins and the others are broken off") func race() async throws {
        let sink = Sink()
        let (_, observations, result) = try await complete(
            [.hang, .slow("slow", .milliseconds(300)), .answer("fast")], sink: sink
        ) { $0.fanOut = 3 }
        #expect(try result.get().choice.miner.uid == 3)
        #expect(sink.text == "fast")
        #expect(observations.filter { $0.outcome == .answered }.count == 1)
        #expect(!observations.contains { if case .failed = $0.outcome { true } else { false } })
    }

    @Test("hedges when the first miner is slow") func hedge() async throws {
        let sink = Sink()
        let (_, _, result) = try await complete([.hang, .answer("hedged")], sink: sink) {
            $0.hedgeAfter = .milliseconds(50)
            $0.attemptTimeout = .seconds(10)
        }
        #expect(try result.get().choice.miner.uid == 2)
        #expect(sink.text == "hedged")
    }

    @Test("best takes the answer that others agree with, and observes agreement") func best() async throws {
        let sink = Sink()
        let (_, observations, result) = try await complete(
            [.answer("bananas are yellow today"), .answer("the capital is Paris"), .answer("Paris the capital is")],
            sink: sink
        ) {
            $0.strategy = .best
            $0.fanOut = 3
        }
        #expect(try result.get().choice.miner.uid != 1)
        #expect(sink.text.contains("Paris"))
        #expect(observations.allSatisfy { $0.agreement != nil })
    }

    @Test("best does not wait for a miner that is silent") func bestWindow() async throws {
        let sink = Sink()
        let (_, _, result) = try await complete([.answer("a"), .hang], sink: sink) {
            $0.strategy = .best
            $0.fanOut = 2
            $0.attemptTimeout = .seconds(30)
        }
        #expect(try result.get().choice.miner.uid == 1)
    }
}
