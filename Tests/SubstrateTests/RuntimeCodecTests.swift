import JSON
import Signing
import Substrate
import Testing

@Suite("Runtime codec") struct RuntimeCodecTests {
    let codec: RuntimeCodec
    init() throws { codec = try #require(Fixture.codec) }

    @Test("every type's samples decode and encode back byte for byte")
    func shapeCorpus() throws {
        let corpus = try Fixture.json("subtensor@461/shape_corpus_spec461.json")
        // MultiAddress, Compact<()>, and calls that take one.
        let withAddresses: Set<UInt32> = [180, 181, 182, 272, 273, 279, 454]
        var count = 0
        var matching = 0
        var refused = 0
        for type in try corpus.list("types") {
            let id: UInt32 = try type.number("id")
            for sample in try type.list("samples") {
                let bytes = try sample.hex("scale_hex")
                do {
                    let value = try codec.decode(bytes, as: id)
                    #expect(try codec.encode(value, as: id) == bytes, "type \(id)")
                    if let decoded = sample["decoded"], ReferenceValue.matches(value, decoded) { matching += 1 }
                } catch  where error.message.contains("compact") || withAddresses.contains(id) {
                    // The reference's samples are random: they overflow compact types, and give the `Compact<()>` of
                    // `MultiAddress::Index` bytes, which the chain does not.
                    refused += 1
                } catch {
                    Issue.record("type \(id) \(codec.name(of: id)): \(error)")
                }
                count += 1
            }
        }
        #expect(count > 797)
        // The rest: calls and events, which the reference shows in a form of its own.
        #expect(refused < 150)
        #expect(matching * 10 > count * 8, "\(matching) of \(count)")
    }

    @Test("storage keys are the reference's, and their keys can be read back")
    func storageKeys() throws {
        let vectors = try Fixture.json("bittensor-core@0.1.5/storage_keys.json")
        for row in try vectors.list("keys") {
            let pallet = try row.text("pallet")
            let item = try row.text("item")
            guard row["error"] == nil else {
                #expect(!codec.hasStorage(pallet, item))
                continue
            }
            let parameters = try row.list("params").map(ReferenceValue.scaleValue)
            let key = try codec.storageKey(pallet, item, parameters)
            #expect(key.hex == (try row.text("key")), "\(pallet).\(item)")
            #expect(try codec.decodeStorageKeys(pallet, item, key).map { $0.unwrapped } == parameters)
        }
    }

    @Test("calls encode to the reference's bytes and decode back to their arguments")
    func calls() throws {
        let vectors = try Fixture.json("bittensor-core@0.1.5/extrinsics_spec461.json")
        for row in try vectors.list("calls") {
            let pallet = try row.text("pallet")
            let name = try row.text("call")
            let values = try #require(row["args"])
            var arguments = values.members.map { ScaleValue.Field($0.name, ReferenceValue.scaleValue($0.value)) }
            if let index = arguments.firstIndex(where: { $0.name == "dest" }) {
                arguments[index].value = .choice("Id", arguments[index].value)
            }
            let call = RuntimeCall(pallet: pallet, name: name, arguments: arguments)
            let bytes = try codec.encode(call)
            #expect(bytes.hex == (try row.text("data")), "\(pallet).\(name)")
            let decoded = try codec.decodeCall(bytes)
            #expect(decoded.name == name)
            #expect(try codec.encode(decoded) == bytes)
        }
    }

    @Test("a value that does not fit says which field and why")
    func mismatch() throws {
        let call = RuntimeCall(
            "SubtensorModule", "set_weights", ["netuid": 70_000, "dests": [0], "weights": [1], "version_key": 0])
        let error = #expect(throws: SubstrateError.self) { try codec.encode(call) }
        #expect(error?.code == .valueMismatch)
        #expect(error?.message.contains("SubtensorModule.set_weights.netuid: integer 70000") == true)
        let unknown = #expect(throws: SubstrateError.self) {
            try codec.encode(RuntimeCall("SubtensorModule", "set_wights", [:]))
        }
        #expect(unknown?.code == .unknownName)
    }

    @Test("recorded storage values decode to the recorded values")
    func storageValues() throws {
        let golden = try Fixture.json("subtensor@461/golden_spec461.json")
        for row in try golden.list("storage_values") {
            let pallet = try row.text("pallet")
            let item = try row.text("storage_function")
            let bytes = row["raw_hex"]?.string.flatMap { [UInt8](hex: $0) }
            let value = try codec.decodeStorage(pallet, item, bytes)
            let decoded = try #require(row["decoded"])
            #expect(ReferenceValue.matches(value ?? .null, decoded), "\(pallet).\(item)")
        }
    }

    @Test("an absent value is the entry's default, or nothing where it is optional")
    func absentValues() throws {
        #expect(try codec.decodeStorage("SubtensorModule", "WeightsSetRateLimit", nil) == 100)
        #expect(try codec.decodeStorage("SubtensorModule", "CommitRevealWeightsEnabled", nil) == true)
        #expect(try codec.decodeStorage("SubtensorModule", "Uids", nil) == nil)
    }

    @Test("recorded events and runtime API results decode")
    func eventsAndResults() throws {
        let golden = try Fixture.json("subtensor@461/golden_spec461.json")
        let recorded = try #require(golden["events"])
        let events = try codec.decodeEvents(recorded.hex("raw_hex"))
        #expect(events.count == 8)
        #expect(events.contains { $0.pallet == "Balances" && $0.name == "Transfer" && $0.extrinsicIndex == 2 })
        #expect(events.first { $0.name == "Transfer" }?["amount"] == 1_000_000_000)
        for row in try golden.list("runtime_calls") {
            let api = try row.text("api")
            let method = try row.text("method")
            let arguments = try row.list("params").map(ReferenceValue.scaleValue)
            #expect(try codec.encodeArguments(api, method, arguments) == row.hex("encoded_params_hex"))
            let bytes = try row.hex("raw_hex")
            #expect(throws: Never.self, "\(api).\(method)") { try codec.decodeResult(api, method, bytes) }
        }
    }

    @Test("module errors carry their name and documentation")
    func moduleErrors() {
        let failure = codec.dispatchFailure(
            .choice("Module", .record(["index": 7, "error": .bytes([29, 0, 0, 0])])))
        #expect(failure.pallet == "SubtensorModule")
        #expect(failure.name == "SettingWeightsTooFast")
        #expect(!failure.documentation.isEmpty)
        #expect(codec.dispatchFailure(.choice("BadOrigin")).name == "BadOrigin")
        #expect(codec.dispatchFailure(.choice("Token", .choice("Frozen"))).name == "Token.Frozen")
        #expect(codec.moduleError(palletIndex: 250, errorIndex: 1).name == "error 1")
    }
}
