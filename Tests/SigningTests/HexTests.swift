import Signing
import Testing

@Suite("Hexadecimal text") struct HexTests {
    @Test(
        "is written in lower case and read in both",
        arguments: [
            (text: "", bytes: []), (text: "00ff", bytes: [0, 255]), (text: "0x7F", bytes: [127]),
        ] as [(text: String, bytes: [UInt8])])
    func roundTrip(text: String, bytes: [UInt8]) throws {
        #expect(try Hex.decode(text) == bytes)
        #expect(try Hex.decode(Hex.encode(bytes)) == bytes)
        #expect(Hex.encode(bytes) == Hex.encode(bytes).lowercased())
    }

    @Test("is refused with an odd length or another character", arguments: ["0", "0x123", "zz", "é", "0X00", " 00"])
    func refused(text: String) {
        #expect(throws: SigningError.self) { try Hex.decode(text) }
    }
}
