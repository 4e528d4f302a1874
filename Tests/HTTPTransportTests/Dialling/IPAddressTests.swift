import HTTPTransport
import Testing

@Suite("IP address") struct IPAddressTests {
    @Test(
        "reads and writes text",
        arguments: [
            (text: "192.0.2.1", written: "192.0.2.1"), (text: "0.0.0.0", written: "0.0.0.0"),
            (text: "2001:DB8:0:0::1", written: "2001:db8::1"), (text: "::", written: "::"),
            (text: "::ffff:192.0.2.1", written: "::ffff:192.0.2.1"),
        ])
    func text(text: String, written: String) {
        #expect(IPAddress(text)?.description == written)
    }

    @Test(
        "refuses what only looks like an address",
        arguments: [
            "", "1", "127.1", "0x7f.0.0.1", "0177.0.0.1", "2130706433", "256.0.0.1", "1.2.3.4.5", "1.2.3", " 1.2.3.4",
            "1.2.3.4 ", "[::1]", "::1%lo", "localhost", "1.2.3.4:80", "::g", "１.2.3.4",
        ])
    func refused(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test(
        "reads the chain's integers",
        arguments: [
            (value: 0xc000_0201, type: 4, text: "192.0.2.1"), (value: 0xffff_ffff, type: 4, text: "255.255.255.255"),
            (value: 0x1_0000_0000, type: 4, text: nil), (value: UInt128.max, type: 4, text: nil),
            (value: 1, type: 6, text: "::1"), (value: 0xc000_0201, type: 0, text: nil), (value: 1, type: 5, text: nil),
            (value: 1, type: 255, text: nil), (value: 0x2001_0db8 << 96, type: 6, text: "2001:db8::"),
        ] as [(value: UInt128, type: UInt8, text: String?)])
    func chain(value: UInt128, type: UInt8, text: String?) {
        let address = IPAddress(chainValue: value, ipType: type)
        #expect(address?.description == text)
        if let address {
            #expect(address.chainForm.value == value)
            #expect(address.chainForm.ipType == type)
        }
    }
}

@Suite("IP range") struct IPRangeTests {
    @Test(
        "contains its addresses",
        arguments: [
            (range: "10.0.0.0/8", address: "10.255.255.255", isIn: true),
            (range: "10.0.0.0/8", address: "11.0.0.0", isIn: false),
            (range: "0.0.0.0/0", address: "255.1.2.3", isIn: true), (range: "0.0.0.0/0", address: "::1", isIn: false),
            (range: "192.0.2.1", address: "192.0.2.1", isIn: true),
            (range: "192.0.2.1", address: "192.0.2.2", isIn: false),
            (range: "::/0", address: "fe80::1", isIn: true), (range: "::/0", address: "1.2.3.4", isIn: false),
            (range: "fe80::/10", address: "febf::1", isIn: true), (range: "fe80::/10", address: "fec0::1", isIn: false),
        ])
    func contains(range: String, address: String, isIn: Bool) throws {
        let range = try #require(IPRange(range))
        let address = try #require(IPAddress(address))
        #expect(range.contains(address) == isIn)
    }

    @Test(
        "refuses malformed text",
        arguments: [
            "10.0.0.0/33", "10.0.0.1/8", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/+8", "::/129", "fe80::1/10", "/8", "a/8",
            "10.0.0.0/8/8",
        ])
    func malformed(text: String) {
        #expect(IPRange(text) == nil)
    }
}
