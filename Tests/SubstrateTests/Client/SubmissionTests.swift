import JSON
import Signing
import Synchronization
import Testing

@testable import Substrate

@Suite("Submission", .timeLimit(.minutes(1))) struct SubmissionTests {
    static let call = RuntimeCall(
        "SubtensorModule", "set_mechanism_weights",
        ["netuid": 1, "mecid": 0, "dests": [0, 1], "weights": [65_535, 1], "version_key": 0])

    @Test("an extrinsic is followed into its finalized block and its events are found")
    func success() async throws {
        let pool = Pool()
        try await withClient(pool.script) { client, _ in
            let alice = try SR25519KeyPair(uri: "//Alice")
            let finalized = try await client.submitAndWatch(Self.call, by: alice)
            #expect(finalized.blockHash.hex == Pool.block)
            #expect(finalized.index == 1)
            #expect(finalized.events.map(\.name) == ["ExtrinsicSuccess"])
            let decoded = try #require(Fixture.codec).decodeExtrinsic(try #require(pool.extrinsics.first))
            #expect(decoded.signature?.signer == alice.accountID)
            #expect(decoded.signature?.nonce == 0)
            #expect(decoded.signature?.era == Era(period: 128, current: 100))
        }
    }

    @Test("a failure in the block carries the runtime's name and words for it")
    func dispatchError() async throws {
        let pool = Pool(
            outcome: .choice(
                "ExtrinsicFailed",
                .choice("Module", .record(["index": 7, "error": .bytes([29, 0, 0, 0])]))))
        try await withClient(pool.script) { client, _ in
            let error = await #expect(throws: SubstrateError.self) {
                try await client.submitAndWatch(Self.call, by: SR25519KeyPair(uri: "//Alice"))
            }
            #expect(error?.code == .dispatchFailed)
            #expect(error?.failure?.name == "SettingWeightsTooFast")
            #expect(error?.failure?.pallet == "SubtensorModule")
            #expect(error?.call == "SubtensorModule.set_mechanism_weights")
        }
    }

    @Test(
        "what the pool refuses has a code and a name",
        arguments: [
            (
                code: 1010, data: "Custom error: 6", expected: SubstrateError.Code.invalidTransaction,
                name: "RateLimitExceeded"
            ),
            (
                code: 1010, data: "Invalid transaction with custom error: 9", expected: .invalidTransaction,
                name: "Custom(9)"
            ),
            (code: 1010, data: "Transaction is outdated", expected: .invalidTransaction, name: "Stale"),
            (
                code: 1010, data: "Transaction will be valid in the future", expected: .invalidTransaction,
                name: "Future"
            ),
            (code: 1010, data: "Transaction has a bad signature", expected: .invalidTransaction, name: "BadProof"),
            (
                code: 1010, data: "Inability to pay some fees (e.g. account balance too low)",
                expected: .invalidTransaction, name: "Payment"
            ),
            (code: 1011, data: "", expected: .invalidTransaction, name: nil),
            (code: 1012, data: "", expected: .poolRefused, name: nil),
            (code: 1013, data: "", expected: .poolRefused, name: nil),
            (code: 1014, data: "", expected: .poolRefused, name: nil),
            (code: 1015, data: "", expected: .poolRefused, name: nil),
            (code: 1016, data: "", expected: .poolRefused, name: nil),
            (code: -32_000, data: "", expected: .rpcFailed, name: nil),
        ] as [(code: Int, data: String, expected: SubstrateError.Code, name: String?)])
    func refused(code: Int, data: String, expected: SubstrateError.Code, name: String?) async throws {
        try await withClient { request, node in
            guard request.method == "author_submitAndWatchExtrinsic" else { return ScriptedNode.plain(request, node) }
            return ScriptedNode.error(request, code, "Invalid Transaction", data: data)
        } _: { client, node in
            let error = await #expect(throws: SubstrateError.self) {
                try await client.submitAndWatch(Self.call, by: SR25519KeyPair(uri: "//Alice"))
            }
            #expect(error?.code == expected)
            #expect(error?.rpcCode == code)
            #expect(error?.failure?.name == name)
            #expect(error?.endpoint == node.endpoint)
        }
    }

    @Test(
        "what the pool lets go again is an error that says why",
        arguments: [
            (status: #""dropped""#, text: "full"), (status: #""invalid""#, text: "invalid"),
            (status: #"{"usurped":"0x00"}"#, text: "another extrinsic"),
            (status: #"{"finalityTimeout":"0x00"}"#, text: "finalized"),
        ])
    func letGo(status: String, text: String) async throws {
        let pool = Pool(statuses: [#""ready""#, status])
        try await withClient(pool.script) { client, _ in
            let error = await #expect(throws: SubstrateError.self) {
                try await client.submitAndWatch(Self.call, by: SR25519KeyPair(uri: "//Alice"))
            }
            #expect(error?.code == .extrinsicDropped)
            #expect(error?.message.contains(text) == true)
        }
    }

    @Test("a reorganisation between best and finalized is no error")
    func reorganisation() async throws {
        let other = "0x" + String(repeating: "11", count: 32)
        let pool = Pool(statuses: [
            #""ready""#, #"{"broadcast":["x"]}"#, #"{"inBlock":"\#(other)"}"#, #"{"retracted":"\#(other)"}"#,
            #"{"inBlock":"\#(Pool.block)"}"#, #"{"finalized":"\#(Pool.block)"}"#,
        ])
        try await withClient(pool.script) { client, _ in
            let finalized = try await client.submitAndWatch(Self.call, by: SR25519KeyPair(uri: "//Alice"))
            #expect(finalized.blockHash.hex == Pool.block)
        }
    }

    @Test("an extrinsic whose connection breaks is found in the block that holds it")
    func brokenConnection() async throws {
        let pool = Pool(statuses: [#""ready""#])
        try await withClient(pool.script) { client, node in
            async let finalized = client.submitAndWatch(Self.call, by: SR25519KeyPair(uri: "//Alice"))
            while pool.extrinsics.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
            await node.disconnectAll()
            #expect(try await finalized.blockHash.hex == Pool.block)
            #expect(pool.extrinsics.count == 1)
        }
    }

    @Test("50 concurrent submissions of one account get 50 consecutive nonces")
    func nonces() async throws {
        let pool = Pool()
        try await withClient(pool.script) { client, _ in
            let alice = try SR25519KeyPair(uri: "//Alice")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<50 { group.addTask { _ = try await client.submitAndWatch(Self.call, by: alice) } }
                try await group.waitForAll()
            }
            let codec = try #require(Fixture.codec)
            let nonces = try pool.extrinsics.map { try codec.decodeExtrinsic($0).signature?.nonce }
            #expect(nonces == (0..<50).map { UInt32($0) } as [UInt32?])
        }
    }
}

/// The transaction pool of a scripted node: one block takes everything.
final class Pool: Sendable {
    static let block = "0x" + String(repeating: "be", count: 32)
    private let statuses: [String]
    private let outcome: ScaleValue
    private let received = Mutex<[[UInt8]]>([])

    var extrinsics: [[UInt8]] { received.withLock { $0 } }

    init(
        statuses: [String] = [#""ready""#, #"{"inBlock":"\#(Pool.block)"}"#, #"{"finalized":"\#(Pool.block)"}"#],
        outcome: ScaleValue = .choice("ExtrinsicSuccess")
    ) {
        self.statuses = statuses
        self.outcome = outcome
    }

    var script: ScriptedNode.Script {
        { request, node in
            switch request.method {
            case "account_nextIndex": return ScriptedNode.result(request, "\(self.extrinsics.count)")
            case "author_submitAndWatchExtrinsic":
                self.received.withLock { $0.append([UInt8](hex: request.parameters[0].string ?? "") ?? []) }
                return ScriptedNode.result(request, "\"watch-\(request.id)\"")
                    + self.statuses.map {
                        ScriptedNode.notification("author_extrinsicUpdate", "watch-\(request.id)", $0)
                    }
            case "chain_subscribeFinalizedHeads":
                return ScriptedNode.result(request, "\"finalized\"")
                    + [ScriptedNode.notification("chain_finalizedHead", "finalized", ScriptedNode.header(102))]
            case "chain_getBlockHash" where request.parameters.first?.uint64 == 102:
                return ScriptedNode.result(request, "\"\(Self.block)\"")
            case "chain_getBlock" where request.parameters.first?.string != Self.block:
                return ScriptedNode.result(
                    request, #"{"block":{"header":\#(ScriptedNode.header(101)),"extrinsics":[]}}"#)
            case "chain_getBlock":
                let list = (["0x280401000b"] + self.extrinsics.map(\.hex)).map { "\"\($0)\"" }
                return ScriptedNode.result(
                    request,
                    #"{"block":{"header":\#(ScriptedNode.header(101)),"extrinsics":[\#(list.joined(separator: ","))]}}"#
                )
            case "state_getStorageAt": return ScriptedNode.result(request, "\"\(self.events.hex)\"")
            default: return ScriptedNode.plain(request, node)
            }
        }
    }

    private var events: [UInt8] {
        let info = ScaleValue.record([
            "weight": .record(["ref_time": 1, "proof_size": 1]), "class": .choice("Normal"),
            "pays_fee": .choice("No"),
        ])
        guard case .variant(let name, let fields) = outcome else { return [] }
        let records = (0...extrinsics.count).map { index in
            let isOurs = index > 0
            let event = ScaleValue.variant(
                isOurs ? name : "ExtrinsicSuccess",
                (isOurs ? fields : []).map { .init("dispatch_error", $0.value) } + [.init("dispatch_info", info)])
            return ScaleValue.record([
                "phase": .choice("ApplyExtrinsic", .uint(UInt128(index))),
                "event": .choice("System", event), "topics": [],
            ])
        }
        return (try? Fixture.codec?.encodeStorage("System", "Events", .sequence(records))) ?? []
    }
}
