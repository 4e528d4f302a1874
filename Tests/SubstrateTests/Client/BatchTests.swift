import JSON
import NIOCore
import Signing
import Synchronization
import Testing

@testable import Substrate

@Suite("Batches and upgrades", .timeLimit(.minutes(1))) struct BatchTests {
    @Test("a batch is one message, and each call gets its own result")
    func batch() async throws {
        try await withClient { request, node in
            switch request.method {
            case "echo": ScriptedNode.result(request, "\(request.parameters[0].uint64 ?? 0)")
            case "fail": ScriptedNode.error(request, -32_000, "no")
            default: ScriptedNode.plain(request, node)
            }
        } _: { client, node in
            let calls = [RPCCall("echo", [.uint(1)]), RPCCall("fail"), RPCCall("echo", [.uint(3)])]
            let results = try await client.batch(calls)
            #expect(results.map { try? $0.get().uint64 } == [1, nil, 3])
            let error = #expect(throws: SubstrateError.self) { try results[1].get() }
            #expect(error?.code == .rpcFailed)
            #expect(error?.call == "fail")
            #expect(error?.endpoint == node.endpoint)
            #expect(node.state.withLock { $0.batches } == 1)
            let none = try await client.batch([])
            #expect(none.isEmpty)
        }
    }

    @Test("a batch whose connection breaks is sent once more on the next")
    func repeats() async throws {
        let isFirst = Mutex(true)
        try await withClient { request, node in
            guard request.method == "echo" else { return ScriptedNode.plain(request, node) }
            let breaks = isFirst.withLock { first in
                defer { first = false }
                return first
            }
            return breaks ? nil : ScriptedNode.result(request, "7")
        } _: { client, _ in
            let results = try await client.batch([RPCCall("echo"), RPCCall("echo")])
            #expect(results.map { try? $0.get().uint64 } == [7, 7])
        }
    }

    @Test("a node that refuses a batch as a whole is said to have done so")
    func refused() async throws {
        try await withClient { request, node in
            guard request.method == "echo" else { return ScriptedNode.plain(request, node) }
            return [#"{"jsonrpc":"2.0","id":null,"error":{"code":-32005,"message":"Batches are not supported"}}"#]
        } _: { client, _ in
            let error = await #expect(throws: SubstrateError.self) { _ = try await client.batch([RPCCall("echo")]) }
            #expect(error?.message.contains("Batches are not supported") == true)
        }
    }

    @Test("runtime APIs asked in one batch decode each by its type")
    func queries() async throws {
        try await withClient { request, node in
            guard request.method == "state_call", request.parameters[0].string == "SwapRuntimeApi_current_alpha_price"
            else { return ScriptedNode.plain(request, node) }
            return request.parameters[1].string == "0x0100"
                ? ScriptedNode.result(request, "\"0x0500000000000000\"") : ScriptedNode.result(request, "\"0x05\"")
        } _: { client, _ in
            let block = try #require(BlockHash(bytes: Array(repeating: 0, count: 32)))
            let results = try await client.query(
                [
                    RuntimeQuery("SwapRuntimeApi", "current_alpha_price", 1),
                    .init("SwapRuntimeApi", "current_alpha_price", 2),
                ],
                at: block)
            #expect(try results[0].get() == 5)
            #expect(throws: SubstrateError.self) { try results[1].get() }
        }
    }

    @Test("a signature that an upgrade has made stale is made anew, once")
    func staleSignature() async throws {
        let tries = Mutex(0)
        try await withClient { request, node in
            guard request.method == "author_submitAndWatchExtrinsic" else { return ScriptedNode.plain(request, node) }
            let count = tries.withLock { tries in
                tries += 1
                return tries
            }
            node.state.withLock { $0.specVersion = 462 }
            return count == 1
                ? ScriptedNode.error(request, 1010, "Invalid Transaction", data: "Transaction has a bad signature")
                : ScriptedNode.error(request, 1010, "Invalid Transaction", data: "Custom error: 6")
        } _: { client, _ in
            let error = await #expect(throws: SubstrateError.self) {
                try await client.submitAndWatch(SubmissionTests.call, by: SR25519KeyPair(uri: "//Alice"))
            }
            #expect(error?.failure?.name == "RateLimitExceeded")
            #expect(tries.withLock { $0 } == 2)
            let runtime = try await client.runtime()
            #expect(runtime.identity.specVersion == 462)
        }
    }

    @Test("an answer that an upgrade has made unreadable is asked for once more")
    func staleMetadata() async throws {
        let tries = Mutex(0)
        try await withClient { request, node in
            guard request.method == "state_call", request.parameters[0].string == "SwapRuntimeApi_current_alpha_price"
            else { return ScriptedNode.plain(request, node) }
            let count = tries.withLock { tries in
                tries += 1
                return tries
            }
            node.state.withLock { $0.specVersion = 462 }
            return ScriptedNode.result(request, count == 1 ? "\"0x0500\"" : "\"0x0500000000000000\"")
        } _: { client, _ in
            let price = try await client.query("SwapRuntimeApi", "current_alpha_price", [1])
            #expect(price == 5)
            #expect(tries.withLock { $0 } == 2)
        }
    }

    @Test("ten thousand pipelined calls leave nothing behind")
    func pipelined() async throws {
        try await withClient { request, node in
            request.method == "echo" ? ScriptedNode.result(request, "1") : ScriptedNode.plain(request, node)
        } _: { client, _ in
            let session = try await client.session()
            for _ in 0..<20 {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<500 { group.addTask { _ = try await client.call("echo") } }
                    try await group.waitForAll()
                }
            }
            #expect(session.connection.openCalls == 0)
        }
    }
}
