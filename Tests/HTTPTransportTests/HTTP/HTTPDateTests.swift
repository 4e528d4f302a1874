import Testing

@testable import HTTPTransport

@Suite("HTTP date") struct HTTPDateTests {
    @Test(
        "has the form of RFC 9110",
        arguments: [
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (1_709_164_800, "Thu, 29 Feb 2024 00:00:00 GMT"),
        ])
    func form(second: Int, text: String) {
        var date = HTTPDate()
        #expect(date.text(at: second) == text)
        #expect(date.text(at: second) == text)
    }
}
