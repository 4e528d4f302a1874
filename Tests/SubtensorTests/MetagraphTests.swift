import JSON
import NIOCore
import Signing
import Substrate
import Testing

@testable import Subtensor

@Suite("Metagraph") struct MetagraphTests {
    let codec: RuntimeCodec
    let rows: [JSONElement]

    init() throws {
        codec = RuntimeCodec(try Metadata(decoding: Fixture.bytes("finney@343/metadata_v15.scale")))
        rows = try Fixture.json("finney@343/runtime_api_results.json").list("rows")
    }

    @Test("a mainnet subnet's columns become its neurons")
    func columns() throws {
        let (value, head) = try recorded("SubnetInfoRuntimeApi", "get_selective_mechagraph")
        let metagraph = try Metagraph(columns: value, netuid: Netuid(1), block: 7, blockHash: "0x")
        #expect(metagraph.neurons.count == 1_024)
        #expect(metagraph.tempo == head["tempo"]?.int.flatMap(UInt16.init(exactly:)))
        #expect(metagraph.blocksSinceLastStep == head["blocks_since_last_step"]?.uint64)
        for (index, hotkey) in try head.list("hotkeys").enumerated() {
            #expect(metagraph.neurons[index].hotkey.ss58 == hotkey.string)
            #expect(metagraph.neurons[index].uid == UID(UInt16(index)))
        }
        for (index, axon) in try head.list("axons").enumerated() where axon["port"]?.int != 0 {
            #expect(metagraph.neurons[index].axon?.port == axon["port"]?.int.flatMap(UInt16.init(exactly:)))
            #expect(
                metagraph.neurons[index].axon.map { String($0.ip) } == axon["ip"].map { String(buffer: $0.rawBytes) })
        }
        #expect(metagraph.neurons.contains { $0.incentive > 0 })
        #expect(metagraph.neurons.contains { $0.hasValidatorPermit && $0.stake > Rao(0) && $0.lastUpdate > 0 })
        #expect(metagraph.neurons.contains { $0.registeredAt > 0 })
    }

    @Test("the older neuron list gives the same neurons")
    func neurons() throws {
        let (value, head) = try recorded("NeuronInfoRuntimeApi", "get_neurons_lite")
        let metagraph = try Metagraph(
            neurons: value, netuid: Netuid(1), block: 7, blockHash: "0x", tempo: 99, blocksSinceLastStep: 3)
        #expect(metagraph.neurons.count == 1_024)
        for (index, item) in head.elements.enumerated() {
            #expect(metagraph.neurons[index].hotkey.ss58 == (try item.text("hotkey")))
            #expect(metagraph.neurons[index].coldkey.ss58 == (try item.text("coldkey")))
            #expect(metagraph.neurons[index].lastUpdate == (try item.number("last_update") as UInt64))
        }
        let (columns, _) = try recorded("SubnetInfoRuntimeApi", "get_selective_mechagraph")
        let other = try Metagraph(columns: columns, netuid: Netuid(1), block: 7, blockHash: "0x")
        #expect(metagraph.neurons.map(\.hotkey) == other.neurons.map(\.hotkey))
        #expect(metagraph.neurons.map(\.incentive) == other.neurons.map(\.incentive))
        #expect(metagraph.neurons.map(\.axon) == other.neurons.map(\.axon))
    }

    @Test("fields that a runtime does not have yet or any more are done without")
    func missingFields() throws {
        let account = ScaleValue.bytes(Array(repeating: 1, count: 32))
        let value = ScaleValue.option(
            .record([
                "hotkeys": [account, account], "coldkeys": [account, account], "incentives": [5], "news": "unheard",
            ]))
        let metagraph = try Metagraph(columns: value, netuid: Netuid(1), block: 7, blockHash: "0x")
        #expect(metagraph.neurons.map(\.incentive) == [5, 0])
        #expect(metagraph.neurons.allSatisfy { $0.axon == nil })
        let error = #expect(throws: SubtensorError.self) {
            try Metagraph(columns: .record(["hotkeys": [account]]), netuid: Netuid(1), block: 7, blockHash: "0x")
        }
        #expect(error?.code == .unexpectedShape)
    }

    private func recorded(_ api: String, _ method: String) throws -> (ScaleValue, JSONElement) {
        let row = try #require(rows.first { $0["call"]?.string == "\(api)_\(method)" })
        let value = try codec.decodeResult(api, method, Hex.decode(row.text("raw")))
        return (value, try #require(row["head"]))
    }
}
