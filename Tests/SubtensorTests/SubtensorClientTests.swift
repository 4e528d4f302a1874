import HTTPTransport
import JSON
import Logging
import NIOCore
import Signing
import Substrate
import Synchronization
import Testing

@testable import Subtensor

@Suite("Subtensor client", .timeLimit(.minutes(1))) struct SubtensorClientTests {
    @Test("a subnet's rules come in one storage read, with the runtime's defaults for what is not stored")
    func hyperparameters() async throws {
        try await withChain(["NetworksAdded": true, "Tempo": 99, "MaxWeightsLimit": 6_553]) { client, node in
            let rules = try await client.hyperparameters(of: Netuid(1))
            #expect(rules.tempo == 99)
            #expect(rules.maxWeightsLimit == 6_553)
            #expect(rules.weightsSetRateLimit == 100)
            #expect(rules.isCommitRevealEnabled)
            #expect(node.requests.withLock { $0.count { $0 == "state_queryStorageAt" } } == 1)
        }
    }

    @Test("a subnet that does not exist is said to be missing")
    func missingSubnet() async throws {
        try await withChain([:]) { client, _ in
            for read in [
                { _ = try await client.metagraph(of: Netuid(9)) },
                { _ = try await client.hyperparameters(of: Netuid(9)) },
            ] as [() async throws -> Void] {
                let error = await #expect(throws: SubtensorError.self) { try await read() }
                #expect(error?.code == .subnetNotFound)
            }
        }
    }

    @Test("a subnet that takes only commits gets no weights, and the error says why")
    func commitReveal() async throws {
        try await withChain(["NetworksAdded": true, "CommitRevealWeightsEnabled": true]) { client, _ in
            let weights = try WeightVector(scores: [(UID(0), 1)])
            let error = await #expect(throws: SubtensorError.self) {
                try await client.setWeights(weights, netuid: Netuid(1), signer: SR25519KeyPair(uri: "//Alice"))
            }
            #expect(error?.code == .commitRevealRequired)
            #expect(error?.message.contains("timelocked commits") == true)
            let method = try await client.weightMethod(of: Netuid(1))
            #expect(method == .timelockedCommit(version: 4))
        }
    }

    @Test("stored weights and slots are read back")
    func reads() async throws {
        let stored: ScaleValue = [.tuple([3, 65_535]), .tuple([7, 1])]
        try await withChain(["Weights": stored, "Uids": 5]) { client, _ in
            let entries = try await client.weights(setBy: UID(5), netuid: Netuid(1))
            #expect(entries == [.init(uid: UID(3), weight: 65_535), .init(uid: UID(7), weight: 1)])
            let alice = Hotkey(try SR25519KeyPair(uri: "//Alice").accountID)
            let uid = try await client.uid(of: alice, in: Netuid(1))
            #expect(uid == UID(5))
        }
        try await withChain([:]) { client, _ in
            let entries = try await client.weights(setBy: UID(5), netuid: Netuid(1))
            #expect(entries.isEmpty)
            let uid = try await client.uid(of: Hotkey(try SR25519KeyPair(uri: "//Alice").accountID), in: Netuid(1))
            #expect(uid == nil)
        }
    }

    @Test("weights use the mechanism's call where the runtime has it, else the plain one")
    func calls() throws {
        let codec = try #require(Fixture.codec)
        let weights = try WeightVector(scores: [(UID(4), 1), (UID(2), 0.5)])
        let call = try SubtensorClient.call(weights, Netuid(1), 2, 9, codec)
        #expect(call.name == "set_mechanism_weights")
        #expect(call["dests"] == [4, 2])
        #expect(call["weights"] == [65_535, 32_768])
        #expect(throws: Never.self) { try codec.encode(call) }

        var metadata = codec.metadata
        let type = try #require(try codec.pallet("SubtensorModule").callType)
        guard case .variant(let all) = metadata.types.types[Int(type)].definition else { return }
        metadata.types.types[Int(type)].definition = .variant(all.filter { $0.name != "set_mechanism_weights" })
        let older = RuntimeCodec(metadata)
        #expect(try SubtensorClient.call(weights, Netuid(1), 0, 9, older).name == "set_weights")
        let error = #expect(throws: SubtensorError.self) {
            try SubtensorClient.call(weights, Netuid(1), 1, 9, older)
        }
        #expect(error?.code == .runtimeLacks)
    }

    @Test("a mechanism's storage index is its number times 4096 and the netuid")
    func storageIndex() throws {
        #expect(try StorageIndex.of(Netuid(1), mechanism: 1) == 4_097)
        #expect(throws: SubtensorError.self) { try StorageIndex.of(Netuid(65_535), mechanism: 255) }
    }

    @Test("weights for a subnet with commit-reveal go out sealed, for the round of the subnet's next epoch but one")
    func timelocked() async throws {
        let state: [String: ScaleValue] = [
            "NetworksAdded": true, "CommitRevealWeightsEnabled": true, "Tempo": 50, "LastEpochBlock": 5,
            "CommitRevealWeightsVersion": 4,
        ]
        let alice = try SR25519KeyPair(uri: "//Alice")
        try await withChain(state, timelock: OpenTimelock()) { client, node in
            let weights = try WeightVector(scores: [(UID(3), 1)])
            let schedule = try await client.revealSchedule(of: Netuid(1))
            // Epoch 1 starts at block 55 and 2 at 105; a commit in block 8 is of epoch 0.
            #expect(schedule.firstRevealBlock == 55)
            let error = await #expect(throws: SubtensorError.self) {
                try await client.setWeights(weights, netuid: Netuid(1), mechanism: 1, versionKey: 9, signer: alice)
            }
            #expect(error?.code == .tooSoon)
            #expect(error?.refusal?.name == "RateLimitExceeded")
            let sent = try #require(node.extrinsics.withLock { $0.first })
            let call = try #require(Fixture.codec).decodeExtrinsic(sent).call
            #expect(call.name == "commit_timelocked_mechanism_weights")
            #expect(call["mecid"] == 1)
            #expect(call["commit_reveal_version"] == 4)
            let round = try #require(call["reveal_round"]?.integer(UInt64.self))
            #expect(round >= schedule.round && round <= schedule.round + 20)
            let payload = TimelockedWeights.payload(weights, hotkey: Hotkey(alice.accountID), versionKey: 9)
            #expect(call["commit"] == .bytes(payload + [7]))
        }
    }

    @Test("what drand seals is within what the chain takes, for as many weights as fit")
    func sealedSize() throws {
        let weights = WeightVector(entries: (0..<1_000).map { .init(uid: UID($0), weight: 1) })
        let hotkey = Hotkey(try SR25519KeyPair(uri: "//Alice").accountID)
        let payload = TimelockedWeights.payload(weights, hotkey: hotkey, versionKey: 0)
        let sealed = try QuicknetTimelock().seal(payload, untilRound: 1_000)
        #expect(sealed.count > payload.count && sealed.count <= TimelockedWeights.maximumBytes)
    }

    @Test("a refusal by the pool has the code of what it means")
    func refusal() async throws {
        try await withChain(["NetworksAdded": true, "CommitRevealWeightsEnabled": false]) { client, _ in
            let alice = try SR25519KeyPair(uri: "//Alice")
            for attempt in [
                {
                    _ = try await client.setWeights(
                        WeightVector(scores: [(UID(0), 1)]), netuid: Netuid(1), signer: alice)
                },
                {
                    _ = try await client.serveAxon(
                        AxonInfo(ip: 9, port: 1, ipType: 4), netuid: Netuid(1), signer: alice)
                },
                { _ = try await client.burnedRegister(Hotkey(alice.accountID), netuid: Netuid(1), coldkey: alice) },
                {
                    let commitment = WeightCommitment(try WeightVector(scores: [(UID(0), 1)]), versionKey: 0)
                    _ = try await client.commitWeights(commitment, netuid: Netuid(1), signer: alice)
                },
            ] as [() async throws -> Void] {
                let error = await #expect(throws: SubtensorError.self) { try await attempt() }
                #expect(error?.code == .tooSoon)
                #expect(error?.isRetryable == true)
            }
        }
    }

    @Test("the subnet list joins the runtime's APIs with storage")
    func subnets() async throws {
        let account = ScaleValue.bytes(Array(repeating: 3, count: 32))
        let subnet = ScaleValue.record([
            "netuid": 5, "owner_hotkey": account, "owner_coldkey": account,
            "subnet_name": .sequence("five".utf8.map { .uint(UInt128($0)) }),
            "token_symbol": .sequence("ε".utf8.map { .uint(UInt128($0)) }), "tempo": 360, "last_step": 1,
            "blocks_since_last_step": 17, "emission": 0, "alpha_in": 1_000, "alpha_out": 2_000, "tao_in": 3_000,
            "alpha_out_emission": 1, "alpha_in_emission": 2, "tao_in_emission": 3, "pending_alpha_emission": 0,
            "pending_root_emission": 0, "subnet_volume": 0, "network_registered_at": 12, "subnet_identity": .null,
            "moving_price": .record(["bits": .int(1 << 31)]),
        ])
        let apis: [String: ScaleValue] = [
            "SubnetInfoRuntimeApi.get_all_dynamic_info": [.null, .option(subnet)],
            "SwapRuntimeApi.current_alpha_price_all": [.record(["netuid": 5, "price": 250_000_000])],
        ]
        try await withChain(["NetworksAdded": true, "Burn": 7_000, "SubnetworkN": 64], apis: apis) { client, _ in
            let subnets = try await client.subnets()
            let only = try #require(subnets.first)
            #expect(subnets.count == 1)
            #expect(only.netuid == Netuid(5))
            #expect(only.name == "five" && only.symbol == "ε")
            #expect(only.price == 0.25 && only.movingPrice == 0.5)
            #expect(only.registrationCost == Rao(7_000) && only.neuronCount == 64)
            #expect(only.taoInEmission == Rao(3) && only.blocksSinceLastStep == 17)
            let cost = try await client.registrationCost(of: Netuid(5))
            #expect(cost == Rao(7_000))
        }
    }

    @Test("all rules come by name from the newest API")
    func allHyperparameters() async throws {
        func entry(_ name: String, _ kind: String, _ value: ScaleValue) -> ScaleValue {
            .record(["name": .string(name), "value": .choice(kind, value)])
        }
        let entries = ScaleValue.option([
            entry("tempo", "U16", 360), entry("liquid_alpha_enabled", "Bool", true), entry("min_burn", "TaoBalance", 5),
            entry("alpha_sigmoid_steepness", "I32F32", .record(["bits": .int(3 << 31)])),
        ])
        try await withChain([:], apis: ["SubnetInfoRuntimeApi.get_subnet_hyperparams_v3": entries]) { client, _ in
            let rules = try await client.allHyperparameters(of: Netuid(1))
            #expect(rules.map(\.name) == ["tempo", "liquid_alpha_enabled", "min_burn", "alpha_sigmoid_steepness"])
            #expect(rules.map(\.value) == [.integer(360), .bool(true), .rao(5), .decimal(1.5)])
        }
        try await withChain([:]) { client, _ in
            let error = await #expect(throws: SubtensorError.self) {
                try await client.allHyperparameters(of: Netuid(9))
            }
            #expect(error?.code == .subnetNotFound)
        }
    }

    @Test("a hotkey's standing, an account's balance and the node's own words are read")
    func accounts() async throws {
        let alice = Hotkey(try SR25519KeyPair(uri: "//Alice").accountID)
        let state: [String: ScaleValue] = [
            "NetworksAdded": true, "Uids": 1, "ValidatorPermit": [false, true], "LastUpdate": [5, 6],
            "TotalHotkeyAlpha": 77,
        ]
        try await withChain(state) { client, _ in
            let standing = try await client.standing(of: alice, in: Netuid(1))
            #expect(standing.uid == UID(1) && standing.hasValidatorPermit && standing.lastUpdate == 6)
            let balance = try await client.balance(of: alice.account)
            #expect(balance == Rao(0))
            let time = try await client.blockTime()
            #expect(time == .milliseconds(250))
            let stakes = try await client.stakes(of: Coldkey(alice.account))
            #expect(stakes.isEmpty)
        }
        try await withChain(["NetworksAdded": true, "TotalHotkeyAlpha": 77]) { client, _ in
            let standing = try await client.standing(of: alice, in: Netuid(1))
            #expect(standing.uid == nil && !standing.hasValidatorPermit && standing.stake == Rao(77))
        }
    }

    private func withChain(
        _ storage: [String: ScaleValue], apis: [String: ScaleValue] = [:], timelock: (any WeightTimelock)? = nil,
        _ body: (SubtensorClient, StorageNode) async throws -> Void
    ) async throws {
        let loops = EventLoops(count: 1)
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let node = StorageNode(storage, apis)
        let server = try await HTTPServer.start(
            HTTPServerConfiguration(), on: loops, responder: node, webSocket: { await node.serve($0) }, logger: logger)
        let client = try await SubtensorClient.connect(
            endpoints: ["ws://127.0.0.1:\(server.port)"], on: loops, logger: logger, timelock: timelock)
        do { try await body(client, node) } catch { Issue.record(error) }
        await client.close()
        await server.shutDown(grace: .zero)
        await loops.shutdown()
    }
}

/// A node with the spec 461 runtime that has these `SubtensorModule` values under whatever keys are asked for.
private final class StorageNode: HTTPResponder {
    let requests = Mutex<[String]>([])
    let extrinsics = Mutex<[[UInt8]]>([])
    private let storage: [String: ScaleValue]
    /// Answers of runtime APIs by `Api.method`; of all others nothing.
    private let apis: [String: ScaleValue]

    init(_ storage: [String: ScaleValue], _ apis: [String: ScaleValue]) {
        self.storage = storage
        self.apis = apis
    }

    func respond(to request: HTTPRequest, writer: HTTPResponseWriter) async throws {
        // Becomes a plain 500.
        throw CancellationError()
    }

    func serve(_ socket: WebSocket) async {
        while let message = try? await socket.receive(), let root = try? JSONDocument(parsing: message).root {
            let method = root["method"]?.string ?? ""
            requests.withLock { $0.append(method) }
            let parameters = root["params"].map { Array($0.elements) } ?? []
            if method == "author_submitAndWatchExtrinsic" {
                let bytes = try? Hex.decode(parameters.first?.string ?? "")
                extrinsics.withLock { $0.append(bytes ?? []) }
            }
            let answer =
                method == "author_submitAndWatchExtrinsic"
                ? #""error":{"code":1010,"message":"Invalid Transaction","data":"Custom error: 6"}"#
                : (try? result(method, parameters)).map { "\"result\":\($0)" }
                    ?? #""error":{"code":-32601,"message":"Method not found"}"#
            let text = #"{"jsonrpc":"2.0","id":\#(root["id"]?.uint64 ?? 0),\#(answer)}"#
            try? await socket.send(ByteBuffer(string: text))
        }
    }

    private func result(_ method: String, _ parameters: [JSONElement]) throws -> String {
        let zeros = "\"0x" + String(repeating: "00", count: 32) + "\""
        switch method {
        case "chain_getBlockHash": return zeros
        case "state_getRuntimeVersion": return #"{"specVersion":461,"transactionVersion":1}"#
        case "account_nextIndex": return "0"
        case "chain_getHeader":
            return #"{"parentHash":\#(zeros),"number":"0x7","stateRoot":\#(zeros),"extrinsicsRoot":\#(zeros),"#
                + #""digest":{"logs":[]}}"#
        case "state_call":
            guard parameters.first?.string == "Metadata_metadata_at_version" else {
                return try apiResult(parameters.first?.string ?? "")
            }
            var encoder = ScaleEncoder()
            encoder.byte(1)
            encoder.byteVector(try Fixture.bytes("subtensor@461/metadata_v15.scale"))
            return "\"0x\(Hex.encode(encoder.bytes))\""
        case "state_queryStorageAt":
            let changes = try (try #require(parameters.first)).elements.map { key in
                "[\"\(key.string ?? "")\",\(try value(try Hex.decode(key.string ?? "")))]"
            }
            return #"[{"block":\#(zeros),"changes":[\#(changes.joined(separator: ","))]}]"#
        default: throw CancellationError()
        }
    }

    private func apiResult(_ name: String) throws -> String {
        let codec = try #require(Fixture.codec)
        for (key, value) in apis {
            let parts = key.split(separator: ".").map(String.init)
            guard name == parts.joined(separator: "_") else { continue }
            let bytes = try codec.encode(value, as: codec.method(parts[0], parts[1]).output)
            return "\"0x\(Hex.encode(bytes))\""
        }
        return "\"0x00\""
    }

    private func value(_ key: [UInt8]) throws -> String {
        let codec = try #require(Fixture.codec)
        for (item, value) in storage where key.starts(with: try codec.storageKey("SubtensorModule", item)) {
            return "\"0x\(Hex.encode(try codec.encodeStorage("SubtensorModule", item, value)))\""
        }
        return "null"
    }
}

/// Seals nothing: adds one byte, so that tests can see through it.
private struct OpenTimelock: WeightTimelock {
    func seal(_ plaintext: [UInt8], untilRound round: UInt64) throws -> [UInt8] { plaintext + [7] }
}
