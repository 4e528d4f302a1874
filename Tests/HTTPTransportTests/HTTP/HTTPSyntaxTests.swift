import NIOCore
import Testing

@testable import HTTPTransport

@Suite("HTTP syntax") struct HTTPSyntaxTests {
    @Test(
        "a field cannot break the head",
        arguments: [
            (name: "x-a", value: "plain", isValid: true), (name: "x-a", value: "", isValid: true),
            (name: "x-a", value: "tab\tand ünïcode", isValid: true), (name: "", value: "a", isValid: false),
            (name: "x a", value: "a", isValid: false), (name: "x:a", value: "a", isValid: false),
            (name: "x\r\na", value: "a", isValid: false), (name: "xä", value: "a", isValid: false),
            (name: "x-a", value: "a\r\nset-cookie: b", isValid: false), (name: "x-a", value: "a\nb", isValid: false),
            (name: "x-a", value: "a\0", isValid: false), (name: "x-a", value: "a\u{7f}", isValid: false),
        ])
    func fields(name: String, value: String, isValid: Bool) {
        var buffer = ByteBuffer()
        #expect(buffer.writeField(name, value) == isValid)
        if isValid { #expect(String(buffer: buffer) == "\(name): \(value)\r\n") }
    }

    @Test(
        "targets are visible ASCII",
        arguments: [
            ("/a?b=c", true), ("*", true), ("", false), ("/a b", false), ("/a\r\n", false), ("/ä", false),
        ])
    func targets(text: String, isValid: Bool) {
        #expect(HTTPSyntax.isTarget(text.utf8) == isValid)
    }

    @Test("names compare without case")
    func names() {
        #expect(HTTPSyntax.equals("Content-LENGTH", lowercase: "content-length"))
        #expect(!HTTPSyntax.equals("content-lengt", lowercase: "content-length"))
        #expect(!HTTPSyntax.equals("content_length", lowercase: "content-length"))
        // 0x2d | 0x20 is 0x2d, but CR | 0x20 is '-': a comparison that only sets the bit would take one for the other.
        #expect(!HTTPSyntax.equals("content\rlength", lowercase: "content-length"))
        #expect(HTTPSyntax.contains("keep-alive, Upgrade", lowercase: "upgrade"))
        #expect(!HTTPSyntax.contains("keep-alive, upgraded", lowercase: "upgrade"))
    }
}
