import HTTPTransport
import Logging
import Synchronization
import Testing

@testable import Substrate

@Suite("Head progress", .timeLimit(.minutes(1))) struct HeadProgressTests {
    let start = ContinuousClock.now

    private func observe(_ progress: inout HeadProgress, _ number: UInt64, after seconds: Int) -> HeadProgress.Verdict {
        progress.observe(
            number, at: start + .seconds(seconds), timeout: .seconds(120), maximumLag: 20)
    }

    @Test("a head that moves is fresh, one that stands still is stalled after the timeout")
    func stalled() {
        var progress = HeadProgress()
        #expect(observe(&progress, 100, after: 0) == .fresh)
        #expect(observe(&progress, 100, after: 120) == .fresh)
        #expect(observe(&progress, 100, after: 121) == .stalled(.seconds(121)))
        #expect(observe(&progress, 101, after: 122) == .fresh)
        #expect(observe(&progress, 100, after: 130) == .fresh)
    }

    @Test("a node far below the highest block is behind, until nobody has shown that block for a while")
    func behind() {
        var progress = HeadProgress()
        _ = observe(&progress, 1_000, after: 0)
        #expect(observe(&progress, 980, after: 1) == .fresh)
        #expect(observe(&progress, 979, after: 1) == .behind(21))
        #expect(observe(&progress, 5, after: 121) == .fresh)
        #expect(observe(&progress, 6, after: 122) == .fresh)
    }

    @Test("a node that is syncing is left for the next endpoint")
    func syncing() async throws {
        let loops = EventLoops(count: 1)
        let slow: ScriptedNode.Script = { request, node in
            guard request.method == "system_health" else { return ScriptedNode.plain(request, node) }
            return ScriptedNode.result(request, #"{"peers":3,"isSyncing":true,"shouldHavePeers":true}"#)
        }
        try await ScriptedNode.with(on: loops, slow) { syncing in
            try await ScriptedNode.with(on: loops) { node in
                let configuration = ChainClientTests.configuration([syncing.endpoint, node.endpoint])
                try await ChainClientTests.run(configuration, on: loops) { client in
                    _ = try await client.head()
                    #expect(node.count(of: "chain_getHeader") == 1)
                    #expect(syncing.count(of: "chain_getHeader") == 0)
                }
            }
        }
        await loops.shutdown()
    }

    @Test("a node whose head stands still is left for one whose head moves")
    func leaves() async throws {
        let loops = EventLoops(count: 1)
        let height = Mutex(100)
        let moving: ScriptedNode.Script = { request, node in
            guard request.method == "chain_getHeader" else { return ScriptedNode.plain(request, node) }
            return ScriptedNode.result(
                request,
                ScriptedNode.header(
                    height.withLock {
                        $0 += 1
                        return $0
                    }))
        }
        try await ScriptedNode.with(on: loops) { stalled in
            try await ScriptedNode.with(on: loops, moving) { node in
                var configuration = ChainClientTests.configuration([stalled.endpoint, node.endpoint])
                configuration.keepAlive = .seconds(1)
                configuration.headTimeout = .milliseconds(500)
                try await ChainClientTests.run(configuration, on: loops) { client in
                    while try await client.head().number <= 100 { try await Task.sleep(for: .milliseconds(20)) }
                    #expect(stalled.state.withLock { $0.connections } > 0)
                }
            }
        }
        await loops.shutdown()
    }

    @Test("without another node the error says that the head no longer moves")
    func saysWhy() async throws {
        let loops = EventLoops(count: 1)
        try await ScriptedNode.with(on: loops) { stalled in
            var configuration = ChainClientTests.configuration([stalled.endpoint])
            configuration.keepAlive = .seconds(1)
            configuration.headTimeout = .milliseconds(500)
            configuration.callTimeout = .milliseconds(300)
            try await ChainClientTests.run(configuration, on: loops) { client in
                var last: SubstrateError?
                while (last?.cause as? SubstrateError)?.code != .nodeStalled {
                    do { _ = try await client.head() } catch let error as SubstrateError { last = error }
                    try await Task.sleep(for: .milliseconds(10))
                }
                #expect(last?.code == .connectFailed)
                #expect((last?.cause as? SubstrateError)?.code == .nodeStalled)
                #expect("\(last as (any Error)? ?? CancellationError())".contains("has been block 100"))
            }
        }
        await loops.shutdown()
    }
}
