import Signing
import Substrate
import Subtensor
import Testing

@testable import Devnet

@Suite("Runtime APIs") struct RuntimeAPITests {
    let test: TestChain

    init() throws { test = try TestChain() }

    /// The answer of a method, decoded by the metadata's types.
    private func call(_ api: String, _ method: String, _ arguments: [UInt8] = []) throws -> ScaleValue {
        var decoder = ScaleDecoder(arguments)
        var encoder = ScaleEncoder()
        let declared = try #require(test.chain.runtime.methods["\(api)_\(method)"])
        try declared.answer(.init(state: test.head, runtime: test.chain.runtime), &decoder, &encoder)
        return try test.codec.decodeResult(api, method, encoder.bytes)
    }

    @Test("answer every declared method with bytes of its declared type") func everyMethod() throws {
        for method in RuntimeMethod.all where method.api != "Metadata" {
            let arguments: [UInt8] =
                switch method.inputs.map(\.type) {
                case []: []
                case ["NetUid"]: [2, 0]
                case ["NetUid", "u16"]: [2, 0, 1, 0]
                case ["NetUid", "MechId"]: [2, 0, 0]
                case ["NetUid", "Vec<u16>"]: [2, 0, 8, 52, 0, 62, 0]
                case ["NetUid", "MechId", "Vec<u16>"]: [2, 0, 0, 8, 72, 0, 76, 0]
                default: test.validator.accountID.bytes
                }
            _ = try call(method.api, method.name, arguments)
        }
    }

    @Test("give the metagraph's columns by UID") func metagraph() throws {
        let metagraph = try #require(try call("SubnetInfoRuntimeApi", "get_metagraph", [2, 0]).unwrapped)
        #expect(
            metagraph["hotkeys"]?.elements?.map(\.bytes) == [
                test.validator.accountID.bytes, test.miners[0].accountID.bytes, test.miners[1].accountID.bytes,
            ])
        #expect(metagraph["total_stake"]?.integers(UInt64.self) == [1_000_000_000_000, 0, 0])
        #expect(metagraph["tempo"]?.integer(UInt16.self) == 5)
    }

    @Test("give only the fields that were asked for") func selective() throws {
        let answer = try call("SubnetInfoRuntimeApi", "get_selective_metagraph", [2, 0, 4, 8, 0])
        let metagraph = try #require(answer.unwrapped)
        #expect(metagraph["netuid"]?.integer(UInt16.self) == 2)
        #expect(metagraph["tempo"]?.unwrapped?.integer(UInt16.self) == 5)
        #expect(metagraph["hotkeys"] == .null)
    }

    @Test("know no subnet that does not exist") func unknownSubnet() throws {
        #expect(try call("SubnetInfoRuntimeApi", "get_metagraph", [9, 0]) == .null)
        #expect(try call("NeuronInfoRuntimeApi", "get_neurons_lite", [9, 0]).elements == [])
    }
}
