import NIOCore
import NIOHTTP1

@testable import HTTPTransport

/// Who a request comes from: a PROXY header, and fields that a trusted proxy sends on. The first byte chooses.
///
/// Promises: nothing traps; a header's reading does not depend on how it is cut, and takes exactly its own bytes; an
/// address that is found is one, and a stranger's word changes nothing.
enum OriginFuzzer {
    private static let proxies = TrustedProxies(["10.0.0.0/8", "fd00::/8"]) ?? TrustedProxies()

    @Sendable static func run(_ input: [UInt8]) {
        guard let choice = input.first else { return }
        let rest = Array(input.dropFirst())
        if choice & 1 == 0 { readHeader(rest) } else { readFields(rest, isForwarded: choice & 2 != 0) }
    }

    private static func readHeader(_ bytes: [UInt8]) {
        var whole = ByteBuffer(bytes: bytes)
        let outcome = ProxyHeader.read(&whole)
        for count in bytes.indices {
            var part = ByteBuffer(bytes: bytes[..<count])
            switch ProxyHeader.read(&part) {
            case .needsMore: continue
            case .invalid: expect(outcome == .invalid, "invalid at \(count), but not as a whole")
            case .complete(let header):
                expect(outcome == .complete(header), "another header at \(count)")
                expect(count - part.readableBytes == bytes.count - whole.readableBytes, "bytes are lost")
            }
            return
        }
    }

    private static func readFields(_ bytes: [UInt8], isForwarded: Bool) {
        // What the decoder lets through as a field's value: no control characters but the tab.
        let text = String(decoding: bytes.filter { $0 == 9 || ($0 >= 32 && $0 != 127) }, as: UTF8.self)
        let name = isForwarded ? "forwarded" : "x-forwarded-for"
        let headers = HTTPHeaders(text.split(separator: "\t", maxSplits: 3).map { (name, String($0)) })
        var proxies = proxies
        proxies.field = isForwarded ? .forwarded : .xForwardedFor
        let trusted = ConnectionOrigin(.address(address("10.1.1.1")), proxies: proxies, isTLS: false)
        let found = trusted.client(headers).address
        expect(IPAddress(found) != nil, "no address: \(found)")
        let stranger = ConnectionOrigin(.address(address("192.0.2.1")), proxies: proxies, isTLS: false)
        expect(stranger.client(headers).address == "192.0.2.1", "a stranger is believed")
    }

    private static func address(_ text: String) -> IPAddress {
        guard let address = IPAddress(text) else { fatalError("a literal address parses") }
        return address
    }
}
