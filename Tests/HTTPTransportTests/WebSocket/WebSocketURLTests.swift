import Testing

@testable import HTTPTransport

@Suite("WebSocket URL") struct WebSocketURLTests {
    @Test(
        "finds host, port and target",
        arguments: [
            (text: "ws://127.0.0.1:9944", host: "127.0.0.1", port: 9944, target: "/", authority: "127.0.0.1:9944"),
            (text: "WS://node", host: "node", port: 80, target: "/", authority: "node"),
            (text: "ws://node:1/a/b?c=d#e", host: "node", port: 1, target: "/a/b?c=d", authority: "node:1"),
            (text: "ws://[::1]:9944/x", host: "::1", port: 9944, target: "/x", authority: "[::1]:9944"),
            (text: "ws://node?a", host: "node", port: 80, target: "/?a", authority: "node"),
            (text: "wss://node.example", host: "node.example", port: 443, target: "/", authority: "node.example"),
            (text: "WSS://node:80", host: "node", port: 80, target: "/", authority: "node:80"),
            (text: "ws://node:443", host: "node", port: 443, target: "/", authority: "node:443"),
        ])
    func parts(text: String, host: String, port: Int, target: String, authority: String) throws {
        let url = try WebSocketURL(text)
        #expect(url.host == host)
        #expect(url.port == port)
        #expect(url.target == target)
        #expect(url.authority == authority)
        #expect(url.isSecure == text.lowercased().hasPrefix("wss"))
    }

    @Test(
        "refuses other schemes and malformed text",
        arguments: [
            "http://a", "ws:/a", "ws://", "wss://", "wsss://a", "://a", "ws://:80", "ws://a:0", "ws://a:70000",
            "ws://a:x", "ws://u@a", "ws://[::1",
            "ws://[::1]x",
            "ws://a b/", "ws://a/\r\nx: y", "",
        ])
    func refused(text: String) {
        #expect(throws: TransportError.self) { try WebSocketURL(text) }
    }

    @Test("accepts as RFC 6455's example does")
    func accept() {
        #expect(WebSocketUpgrade.accept(for: "dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        #expect(WebSocketUpgrade.randomKey().utf8.count == 24)
        #expect(WebSocketUpgrade.randomKey() != WebSocketUpgrade.randomKey())
    }
}
