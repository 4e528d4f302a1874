import NIOHTTP1
import Testing

@testable import HTTPTransport

@Suite("Forwarded fields") struct ForwardedFieldsTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var fields: [String]
        var client: String?
        var isSecure: Bool?
        var testDescription: String { fields.joined(separator: " | ") }

        init(_ fields: String..., is client: String?, isSecure: Bool? = nil) {
            self.fields = fields
            self.client = client
            self.isSecure = isSecure
        }
    }

    private static func proxies(_ field: TrustedProxies.Field) throws -> TrustedProxies {
        try #require(TrustedProxies(["10.0.0.0/8", "fd00::/8", "127.0.0.1"], field: field))
    }

    @Test(
        "x-forwarded-for is read from the right, as far as proxies are trusted",
        arguments: [
            Case(is: nil),
            Case("192.0.2.1", is: "192.0.2.1"),
            Case("192.0.2.1:4711", is: "192.0.2.1"),
            Case("203.0.113.9, 192.0.2.1", is: "192.0.2.1"),
            Case("203.0.113.9, 192.0.2.1, 10.1.1.1", is: "192.0.2.1"),
            Case("203.0.113.9", "192.0.2.1 , 10.1.1.1", "10.2.2.2", is: "192.0.2.1"),
            Case("10.1.1.1", is: "10.1.1.1"),
            Case("2001:db8::1", is: "2001:db8::1"),
            Case("[2001:db8::1]:443", is: "2001:db8::1"),
            Case("::ffff:192.0.2.1", is: "192.0.2.1"),
            Case("2001:db8::1, fd00::7", is: "2001:db8::1"),
            // What is no address: the one who told of it is the last that is known.
            Case("192.0.2.1, nonsense, 10.1.1.1", is: "10.1.1.1"),
            Case("192.0.2.1, , 10.1.1.1", is: "10.1.1.1"),
            Case("nonsense", is: nil),
            Case("", is: nil),
            Case(",", is: nil),
            Case("192.0.2.1:", is: "192.0.2.1"),
            Case("192.0.2.1:80x", is: nil),
            Case("[192.0.2.1]", is: nil),
            Case("[2001:db8::1", is: nil),
            Case("0x7f.1", is: nil),
            Case("3232235777", is: nil),
            Case("127.1", is: nil),
            Case("192.0.2.1\u{0}", is: nil),
        ])
    func list(test: Case) throws {
        var headers = HTTPHeaders()
        for value in test.fields { headers.add(name: "X-Forwarded-For", value: value) }
        headers.add(name: "forwarded", value: "for=198.51.100.1")
        let said = ForwardedFields(headers, proxies: try Self.proxies(.xForwardedFor))
        #expect(said.client?.description == test.client)
    }

    @Test("of x-forwarded-proto the nearest proxy's value counts")
    func proto() throws {
        let proxies = try Self.proxies(.xForwardedFor)
        func isSecure(_ values: String...) -> Bool? {
            ForwardedFields(HTTPHeaders(values.map { ("x-forwarded-proto", $0) }), proxies: proxies).isSecure
        }
        #expect(isSecure("https") == true)
        #expect(isSecure("HTTP") == false)
        #expect(isSecure("https, http") == false)
        #expect(isSecure("https", "http") == false)
        #expect(isSecure("gopher") == nil)
        #expect(isSecure() == nil)
    }

    @Test(
        "forwarded is read from the right, as far as proxies are trusted",
        arguments: [
            Case("for=192.0.2.1", is: "192.0.2.1"),
            Case("for=192.0.2.1;proto=https;by=10.0.0.1", is: "192.0.2.1", isSecure: true),
            Case("For=\"[2001:db8::1]:4711\" ; Proto=http", is: "2001:db8::1", isSecure: false),
            Case(
                "for=203.0.113.9;proto=https, for=192.0.2.1;proto=http, for=10.1.1.1", is: "192.0.2.1", isSecure: false),
            Case("for=203.0.113.9", "for=192.0.2.1, for=10.1.1.1", is: "192.0.2.1"),
            Case("for=203.0.113.9, for=unknown, for=10.1.1.1", is: "10.1.1.1"),
            Case("for=203.0.113.9, for=_hidden, for=10.1.1.1", is: "10.1.1.1"),
            Case("for=192.0.2.1;for=192.0.2.2", is: nil),
            Case("for=\"192.0.2.1", is: nil),
            Case("for=\"192.0.2.\\1\"", is: nil),
            Case("by=10.0.0.1", is: nil),
            Case("nonsense", is: nil),
        ])
    func forwarded(test: Case) throws {
        var headers = HTTPHeaders(test.fields.map { ("forwarded", $0) })
        headers.add(name: "x-forwarded-for", value: "198.51.100.1")
        headers.add(name: "x-forwarded-proto", value: "https")
        let said = ForwardedFields(headers, proxies: try Self.proxies(.forwarded))
        #expect(said.client?.description == test.client)
        #expect(said.isSecure == test.isSecure)
    }

    @Test("long lists and long members are read within bounds")
    func bounds() throws {
        let proxies = try Self.proxies(.xForwardedFor)
        let many = Array(repeating: "10.1.1.1", count: 10_000).joined(separator: ",")
        let said = ForwardedFields(["x-forwarded-for": "192.0.2.1," + many], proxies: proxies)
        #expect(said.client?.description == "10.1.1.1")
        let long = ForwardedFields(
            ["x-forwarded-for": String(repeating: "1", count: 60_000) + ", 10.1.1.1"], proxies: proxies)
        #expect(long.client?.description == "10.1.1.1")
    }
}
