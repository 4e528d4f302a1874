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

    @Test("refuses other versions and broken blobs", arguments: [
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
