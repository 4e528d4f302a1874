import Substrate
import Testing

@Suite("Metadata") struct MetadataTests {
    @Test("version 15 of the real runtime reads and writes back byte for byte")
    func roundTrip() throws {
        let bytes = try Fixture.bytes(Fixture.metadataPath)
        let metadata = try Metadata(decoding: bytes)
        #expect(metadata.types.types.count == 802)
        #expect(metadata.encodedV15() == bytes)
    }

    @Test("names the calls, storage, extensions and APIs that weight setting needs")
    func names() throws {
        let codec = try #require(Fixture.codec)
        #expect(codec.hasCall("SubtensorModule", "set_mechanism_weights"))
        #expect(!codec.hasCall("SubtensorModule", "set_the_weights"))
        #expect(codec.hasStorage("SubtensorModule", "Weights"))
        #expect(codec.hasMethod("SubnetInfoRuntimeApi", "get_metagraph"))
        #expect(codec.metadata.extrinsic.extensions.first?.identifier == "CheckNonZeroSender")
        #expect(try codec.constant("System", "SS58Prefix") == 42)
        #expect(try codec.constant("Aura", "SlotDuration") == 250)
    }

    @Test(
        "versions 14, 15 and 16 of mainnet's runtimes load and name what weight setting needs",
        arguments: [
            "finney@343/metadata_v14.scale", "finney@343/metadata_v15.scale", "finney@365/metadata_v16.scale",
            "finney@393/metadata_v15.scale", "finney@393/metadata_v16.scale", "subtensor@461/metadata_v15.scale",
        ])
    func versions(path: String) throws {
        let codec = RuntimeCodec(try Metadata(decoding: Fixture.bytes(path)))
        let call = RuntimeCall(
            "SubtensorModule", "set_mechanism_weights",
            ["netuid": 1, "mecid": 0, "dests": [0], "weights": [65_535], "version_key": 0])
        #expect(try codec.decodeCall(codec.encode(call))["dests"] == [0])
        #expect(try codec.extra(ExtrinsicParameters(nonce: 1)) == [0, 4, 0, 0])
        #expect(codec.hasMethod("SubnetInfoRuntimeApi", "get_metagraph") == !path.contains("v14"))
        #expect(codec.metadata.extrinsic.callType != nil)
    }

    @Test(
        "refuses other versions and broken blobs",
        arguments: [
            (bytes: [] as [UInt8], code: SubstrateError.Code.malformed),
            (bytes: [0x6d, 0x65, 0x74, 0x62, 15], code: .malformed),
            (bytes: [0x6d, 0x65, 0x74, 0x61, 13], code: .unsupportedMetadata),
            (bytes: [0x6d, 0x65, 0x74, 0x61, 15, 0xfe, 0xff, 0xff, 0xff], code: .malformed),
        ])
    func refuses(bytes: [UInt8], code: SubstrateError.Code) {
        let error = #expect(throws: SubstrateError.self) { try Metadata(decoding: bytes) }
        #expect(error?.code == code)
    }
}
