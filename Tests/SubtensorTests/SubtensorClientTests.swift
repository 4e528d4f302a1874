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
            #expect(error?.message.contains("commit-reveal is not supported yet") == true)
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

    private func withChain(
        _ storage: [String: ScaleValue], _ body: (SubtensorClient, StorageNode) async throws -> Void
    ) async throws {
        let loops = EventLoops(count: 1)
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let node = StorageNode(storage)
        let server = try await HTTPServer.start(
            HTTPServerConfiguration(), on: loops, responder: node, webSocket: { await node.serve($0) }, logger: logger)
        let client = try await SubtensorClient.connect(
            endpoints: ["ws://127.0.0.1:\(server.port)"], on: loops, logger: logger)
        do { try await body(client, node) } catch { Issue.record(error) }
        await client.close()
        await server.shutDown(grace: .zero)
        await loops.shutdown()
    }
}

/// A node with the spec 461 runtime that has these `SubtensorModule` values under whatever keys are asked for.
private final class StorageNode: HTTPResponder {
    let requests = Mutex<[String]>([])
    private let storage: [String: ScaleValue]
    init(_ storage: [String: ScaleValue]) { self.storage = storage }

    func respond(to request: HTTPRequest, writer: HTTPResponseWriter) async throws {
        // Becomes a plain 500.
        throw CancellationError()
    }

    func serve(_ socket: WebSocket) async {
        while let message = try? await socket.receive(), let root = try? JSONDocument(parsing: message).root {
            let method = root["method"]?.string ?? ""
            requests.withLock { $0.append(method) }
            let parameters = root["params"].map { Array($0.elements) } ?? []
            let answer =
                (try? result(method, parameters)).map { "\"result\":\($0)" }
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
        case "chain_getHeader":
            return #"{"parentHash":\#(zeros),"number":"0x7","stateRoot":\#(zeros),"extrinsicsRoot":\#(zeros),"#
                + #""digest":{"logs":[]}}"#
        case "state_call":
            guard parameters.first?.string == "Metadata_metadata_at_version" else { return "\"0x00\"" }
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

    private func value(_ key: [UInt8]) throws -> String {
        let codec = try #require(Fixture.codec)
        for (item, value) in storage where key.starts(with: try codec.storageKey("SubtensorModule", item)) {
            return "\"0x\(Hex.encode(try codec.encodeStorage("SubtensorModule", item, value)))\""
        }
        return "null"
    }
}
