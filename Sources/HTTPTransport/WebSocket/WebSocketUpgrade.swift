import COpenSSL
import NIOHTTP1

/// The opening handshake's fields.
///
/// - Source: RFC 6455, section 4.
struct WebSocketUpgrade {
    /// The client's `sec-websocket-key`.
    let key: String

    /// Reads a client's handshake.
    ///
    /// - Returns: nil when the request is none, or not of version 13.
    init?(_ head: HTTPRequestHead) {
        guard head.method == .GET, head.version.minor >= 1,
            let upgrade = head.headers.first(name: "upgrade"), HTTPSyntax.contains(upgrade, lowercase: "websocket"),
            head.headers["connection"].contains(where: { HTTPSyntax.contains($0, lowercase: "upgrade") }),
            head.headers.first(name: "sec-websocket-version") == "13",
            let key = head.headers.first(name: "sec-websocket-key"), key.utf8.count == 24
        else { return nil }
        self.key = key
    }

    /// The `sec-websocket-accept` that proves to the client that the server understood.
    static func accept(for key: String) -> String {
        let text = Array((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8)
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var length: UInt32 = 0
        guard EVP_Digest(text, text.count, &digest, &length, EVP_sha1(), nil) == 1 else { return "" }
        return base64(Array(digest.prefix(Int(length))))
    }

    /// A fresh `sec-websocket-key`: 16 random bytes.
    static func randomKey() -> String {
        var generator = SystemRandomNumberGenerator()
        return base64((0..<16).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
    }

    private static func base64(_ bytes: [UInt8]) -> String {
        // OpenSSL writes four characters for every three bytes, and a closing zero.
        var text = [UInt8](repeating: 0, count: (bytes.count + 2) / 3 * 4 + 1)
        let count = EVP_EncodeBlock(&text, bytes, Int32(clamping: bytes.count))
        return String(decoding: text.prefix(Int(max(count, 0))), as: UTF8.self)
    }
}
