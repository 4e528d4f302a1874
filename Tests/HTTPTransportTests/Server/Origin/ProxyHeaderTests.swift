import NIOCore
import Testing

@testable import HTTPTransport

/// Headers of the PROXY protocol, version 2.
enum ProxyHeaders {
    static let signature: [UInt8] = [13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 10]

    static func bytes(
        version: UInt8 = 2, command: UInt8 = 1, family: UInt8, _ content: [UInt8], length: Int? = nil
    ) -> [UInt8] {
        let length = length ?? content.count
        return signature + [version << 4 | command, family, UInt8(length >> 8), UInt8(length & 255)] + content
    }

    /// TCP over IPv4 from 192.0.2.7 to 198.51.100.1.
    static let v4 = bytes(family: 0x11, [192, 0, 2, 7, 198, 51, 100, 1, 0x12, 0x34, 0, 80])
    /// TCP over IPv6 from 2001:db8::7.
    static let v6 = bytes(
        family: 0x21, [0x20, 1, 0xd, 0xb8] + Array(repeating: 0, count: 11) + [7] + Array(repeating: 1, count: 20))
    static let local = bytes(command: 0, family: 0, [])
}

@Suite("PROXY header") struct ProxyHeaderTests {
    private static func read(_ bytes: [UInt8]) -> ProxyHeader.Outcome {
        var buffer = ByteBuffer(bytes: bytes)
        return ProxyHeader.read(&buffer)
    }

    @Test("gives the client's address, and leaves what follows")
    func addresses() {
        var buffer = ByteBuffer(bytes: ProxyHeaders.v4 + Array("GET".utf8))
        #expect(ProxyHeader.read(&buffer) == .complete(ProxyHeader(source: IPAddress("192.0.2.7"))))
        #expect(String(buffer: buffer) == "GET")
        #expect(Self.read(ProxyHeaders.v6) == .complete(ProxyHeader(source: IPAddress("2001:db8::7"))))
        #expect(Self.read(ProxyHeaders.local) == .complete(ProxyHeader()))
        // Additions behind the addresses are skipped.
        let long = ProxyHeaders.bytes(family: 0x11, [192, 0, 2, 7] + Array(repeating: 4, count: 2_000))
        #expect(Self.read(long) == .complete(ProxyHeader(source: IPAddress("192.0.2.7"))))
        let unix = ProxyHeaders.bytes(family: 0x31, Array(repeating: 0, count: 216))
        #expect(Self.read(unix) == .complete(ProxyHeader()))
        #expect(Self.read(ProxyHeaders.bytes(family: 0, [1, 2, 3])) == .complete(ProxyHeader()))
    }

    @Test("waits for the rest at every length")
    func pieces() {
        for header in [ProxyHeaders.v4, ProxyHeaders.v6, ProxyHeaders.local] {
            for count in 0..<header.count { #expect(Self.read(Array(header.prefix(count))) == .needsMore) }
        }
    }

    @Test(
        "refuses what is none",
        arguments: [
            Array("GET / HTTP/1.1\r\n\r\n".utf8), Array("PROXY TCP4 192.0.2.7 198.51.100.1 1 2\r\n".utf8), [0],
            ProxyHeaders.bytes(version: 1, family: 0x11, Array(repeating: 1, count: 12)),
            ProxyHeaders.bytes(command: 2, family: 0x11, Array(repeating: 1, count: 12)),
            ProxyHeaders.bytes(family: 0x11, Array(repeating: 1, count: 11)),
            ProxyHeaders.bytes(family: 0x21, Array(repeating: 1, count: 35)),
            ProxyHeaders.bytes(family: 0x51, Array(repeating: 1, count: 12)),
            ProxyHeaders.bytes(family: 0x11, [], length: 4_097),
        ])
    func invalid(bytes: [UInt8]) {
        #expect(Self.read(bytes) == .invalid)
    }
}
