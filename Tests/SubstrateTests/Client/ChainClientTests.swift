import HTTPTransport
import JSON
import Logging
import Synchronization
import Testing

@testable import Substrate

@Suite("Chain client", .timeLimit(.minutes(1))) struct ChainClientTests {
    @Test("learns the chain's identity and runtime from the node")
    func connects() async throws {
        try await withClient { client, node in
            let runtime = try await client.runtime()
            #expect(runtime.identity.specVersion == 461)
            #expect(client.genesisHash?.hex == node.genesis)
            #expect(runtime.codec.hasCall("SubtensorModule", "set_mechanism_weights"))
        }
    }

    @Test(
        "a node without metadata version 15 is asked for 14, and one without the API for what it has",
        arguments: [
            true, false,
        ])
    func olderMetadata(hasAPI: Bool) async throws {
        let blob = try Fixture.bytes("finney@343/metadata_v14.scale")
        try await withClient { request, node in
            switch request.method {
            case "state_call" where !hasAPI: return ScriptedNode.error(request, -32_000, "Client error")
            case "state_call" where request.parameters[1].string == "0x0f000000":
                return ScriptedNode.result(request, "\"0x00\"")
            case "state_call":
                var encoder = ScaleEncoder()
                encoder.option(blob) { $0.byteVector($1) }
                return ScriptedNode.result(request, "\"\(encoder.bytes.hex)\"")
            case "state_getMetadata": return ScriptedNode.result(request, "\"\(blob.hex)\"")
            default: return ScriptedNode.plain(request, node)
            }
        } _: { client, node in
            let codec = try await client.runtime().codec
            #expect(codec.hasCall("SubtensorModule", "set_mechanism_weights"))
            #expect(node.count(of: "state_getMetadata") == (hasAPI ? 0 : 1))
        }
    }

    @Test("answers in any order reach their callers")
    func pipelining() async throws {
        let held = Mutex<[ScriptedNode.Request]>([])
        try await withClient { request, node in
            guard request.method == "echo" else { return ScriptedNode.plain(request, node) }
            let batch = held.withLock { held -> [ScriptedNode.Request] in
                held.append(request)
                guard held.count == 50 else { return [] }
                defer { held = [] }
                return held.reversed()
            }
            return batch.flatMap { ScriptedNode.result($0, "\($0.parameters[0].uint64 ?? 0)") }
        } _: { client, _ in
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<1_000 as Range<UInt64> {
                    group.addTask { try await client.call("echo", [.uint(number)]).uint64 == number }
                }
                for try await isSame in group { #expect(isSame) }
            }
        }
    }

    @Test("a notification that comes before its subscription's answer is not lost")
    func earlyNotification() async throws {
        try await withClient { request, node in
            guard request.method == "chain_subscribeNewHeads" else { return ScriptedNode.plain(request, node) }
            let early = ScriptedNode.notification("chain_newHead", "heads-1", ScriptedNode.header(7))
            let late = ScriptedNode.notification("chain_newHead", "heads-1", ScriptedNode.header(8))
            return [early] + ScriptedNode.result(request, "\"heads-1\"") + [late]
        } _: { client, _ in
            var numbers: [UInt64] = []
            for try await head in client.heads() {
                numbers.append(head.number)
                if numbers.count == 2 { break }
            }
            #expect(numbers == [7, 8])
        }
    }

    @Test("heads go on, and calls succeed, after the node dropped the connection")
    func reconnects() async throws {
        try await withClient { request, node in
            guard request.method == "chain_subscribeNewHeads" else { return ScriptedNode.plain(request, node) }
            let number = node.state.withLock { $0.connections }
            return ScriptedNode.result(request, "\"heads\"")
                + [ScriptedNode.notification("chain_newHead", "heads", ScriptedNode.header(number))]
        } _: { client, node in
            var numbers: [UInt64] = []
            for try await head in client.heads() {
                numbers.append(head.number)
                if numbers.count == 3 { break }
                await node.disconnectAll()
            }
            #expect(numbers == [1, 2, 3])
            let head = try await client.head()
            #expect(head.number == 100)
            // Known by its identity: fetched once, not per connection.
            #expect(node.count(of: "state_call") == 1)
        }
    }

    @Test("a call whose connection breaks is made once more on the next")
    func repeatsCall() async throws {
        let isFirst = Mutex(true)
        try await withClient { request, node in
            guard request.method == "chain_getHeader" else { return ScriptedNode.plain(request, node) }
            let breaks = isFirst.withLock { first in
                defer { first = false }
                return first
            }
            return breaks ? nil : ScriptedNode.plain(request, node)
        } _: { client, _ in
            let head = try await client.head()
            #expect(head.number == 100)
        }
    }

    @Test("a node on another chain is left for the next endpoint")
    func wrongGenesis() async throws {
        let loops = EventLoops(count: 1)
        try await ScriptedNode.with(on: loops) { stranger in
            try await ScriptedNode.with(on: loops) { node in
                stranger.state.withLock { $0.genesis = "0x" + String(repeating: "cd", count: 32) }
                var configuration = Self.configuration([stranger.endpoint, node.endpoint])
                configuration.genesisHash = BlockHash(hex: node.genesis)
                try await Self.run(configuration, on: loops) { client in
                    let runtime = try await client.runtime()
                    #expect(runtime.identity.genesisHash == BlockHash(hex: node.genesis)?.bytes)
                    #expect(stranger.count(of: "state_getRuntimeVersion") == 0)
                }
            }
        }
        await loops.shutdown()
    }

    @Test("a call without any node says so, with endpoint and cause")
    func noNode() async throws {
        let loops = EventLoops(count: 1)
        var configuration = Self.configuration(["ws://127.0.0.1:9"])
        configuration.callTimeout = .milliseconds(300)
        try await Self.run(configuration, on: loops) { client in
            let error = await #expect(throws: SubstrateError.self) { try await client.head() }
            #expect(error?.code == .connectFailed)
            #expect(error?.endpoint == "ws://127.0.0.1:9")
            #expect(error?.call == "chain_getHeader")
            #expect(error?.isRetryable == true)
        }
        await loops.shutdown()
    }

    @Test("a node that does not answer costs the call its deadline, not more")
    func deadline() async throws {
        try await withClient(callTimeout: .milliseconds(200)) { request, node in
            request.method == "chain_getHeader" ? [] : ScriptedNode.plain(request, node)
        } _: { client, _ in
            while !client.isConnected { try await Task.sleep(for: .milliseconds(5)) }
            let error = await #expect(throws: SubstrateError.self) { try await client.head() }
            #expect(error?.code == .deadlineExceeded)
            #expect(error?.call == "chain_getHeader")
        }
    }

    @Test("a node that stops answering is left, and calls go on at the next connection")
    func silentNode() async throws {
        let versions = Mutex(0)
        try await withClient(keepAlive: .seconds(1)) { request, node in
            guard request.method == "state_getRuntimeVersion" else { return ScriptedNode.plain(request, node) }
            let count = versions.withLock { versions in
                versions += 1
                return versions
            }
            return count == 2 ? [] : ScriptedNode.plain(request, node)
        } _: { client, node in
            while node.state.withLock({ $0.connections }) < 2 { try await Task.sleep(for: .milliseconds(10)) }
            let head = try await client.head()
            #expect(head.number == 100)
        }
    }

    @Test("a runtime upgrade is noticed, and its metadata loaded")
    func upgrade() async throws {
        try await withClient { client, node in
            _ = try await client.runtime()
            node.state.withLock { $0.specVersion = 462 }
            while node.count(of: "state_subscribeRuntimeVersion") == 0 { await Task.yield() }
            await node.push(
                ScriptedNode.notification(
                    "state_runtimeVersion", "version-1", #"{"specVersion":462,"transactionVersion":1}"#))
            while try await client.runtime().identity.specVersion != 462 {
                try await Task.sleep(for: .milliseconds(5))
            }
            #expect(node.count(of: "state_call") == 2)
        }
    }

    @Test(
        "garbage from a node ends its connection, and nothing else",
        arguments: [
            (text: "not json", count: 1), (text: #"{"jsonrpc":"2.0","id":"x","result":1}"#, count: 1),
            (text: "[1,2", count: 1), (text: "[", count: 100_000),
        ])
    func garbage(text: String, count: Int) async throws {
        let message = String(repeating: text, count: count)
        let isFirst = Mutex(true)
        try await withClient { request, node in
            guard request.method == "chain_getHeader" else { return ScriptedNode.plain(request, node) }
            let breaks = isFirst.withLock { first in
                defer { first = false }
                return first
            }
            return breaks ? [message] : ScriptedNode.plain(request, node)
        } _: { client, _ in
            let head = try await client.head()
            #expect(head.number == 100)
        }
    }

    @Test(
        "answers of the wrong shape are errors that name the call",
        arguments: [
            "null", "7", "\"0xzz\"", "{}", "[]", #"{"number":"0x1"}"#, #"{"number":"-1","parentHash":"0x"}"#,
        ])
    func wrongShape(json: String) async throws {
        try await withClient { request, node in
            switch request.method {
            case "chain_getHeader", "chain_getFinalizedHead", "state_getKeysPaged":
                ScriptedNode.result(request, json)
            case "state_call" where request.parameters.first?.string != "Metadata_metadata_at_version":
                ScriptedNode.result(request, json)
            default: ScriptedNode.plain(request, node)
            }
        } _: { client, _ in
            await #expect(throws: SubstrateError.self) { try await client.head() }
            await #expect(throws: SubstrateError.self) { try await client.finalizedHead() }
            let error = await #expect(throws: SubstrateError.self) {
                try await client.query("SubnetInfoRuntimeApi", "get_metagraph", [1])
            }
            #expect(error?.call == "SubnetInfoRuntimeApi_get_metagraph" || error?.call == "state_call")
        }
    }

    @Test("ends open and later calls when it is closed")
    func closed() async throws {
        let loops = EventLoops(count: 1)
        let client = ChainClient(
            Self.configuration(["ws://127.0.0.1:9"]), on: loops,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        let service = Task { await client.run() }
        let call = Task { try await client.head() }
        service.cancel()
        await service.value
        let open = await #expect(throws: SubstrateError.self) { try await call.value }
        #expect(open?.code == .clientClosed)
        let later = await #expect(throws: SubstrateError.self) { try await client.head() }
        #expect(later?.code == .clientClosed)
        await loops.shutdown()
    }

    @Test("gives up after one round when told to", .timeLimit(.minutes(1))) func givesUp() async throws {
        let loops = EventLoops(count: 1)
        // Port 1 is nobody's: the connection is refused.
        var configuration = Self.configuration(["ws://127.0.0.1:1", "ws://[::1]:1"])
        configuration.isPersistent = false
        configuration.callTimeout = .seconds(3_600)
        try await Self.run(configuration, on: loops) { client in
            for _ in 0..<2 {
                let error = await #expect(throws: SubstrateError.self) { try await client.head() }
                #expect(error?.code == .connectFailed)
            }
        }
        await loops.shutdown()
    }
}

extension ChainClientTests {
    static func configuration(_ endpoints: [String]) -> ChainClientConfiguration {
        var configuration = ChainClientConfiguration(endpoints: endpoints)
        configuration.minimumBackoff = .milliseconds(10)
        configuration.maximumBackoff = .milliseconds(50)
        configuration.customErrors = [6: ("RateLimitExceeded", "too soon")]
        return configuration
    }

    static func run(
        _ configuration: ChainClientConfiguration, on loops: EventLoops, _ body: (ChainClient) async throws -> Void
    ) async throws {
        let client = ChainClient(
            configuration, on: loops, logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        let service = Task { await client.run() }
        do {
            try await body(client)
        } catch {
            service.cancel()
            await service.value
            throw error
        }
        service.cancel()
        await service.value
    }
}

/// Runs `body` with a client that is connected to a scripted node.
func withClient(
    callTimeout: Duration = .seconds(30), keepAlive: Duration = .seconds(20), _ script: @escaping ScriptedNode.Script,
    _ body: (ChainClient, ScriptedNode) async throws -> Void
) async throws {
    let loops = EventLoops(count: 1)
    try await ScriptedNode.with(on: loops, script) { node in
        var configuration = ChainClientTests.configuration([node.endpoint])
        configuration.callTimeout = callTimeout
        configuration.keepAlive = keepAlive
        try await ChainClientTests.run(configuration, on: loops) { try await body($0, node) }
    }
    await loops.shutdown()
}

func withClient(_ body: (ChainClient, ScriptedNode) async throws -> Void) async throws {
    try await withClient({ ScriptedNode.plain($0, $1) }, body)
}
