import HTTPTransport
import Testing

@Suite("Linked libraries") struct LinkedLibrariesTests {
    @Test("name themselves and their versions")
    func versions() {
        #expect(LinkedLibraries.openSSL.hasPrefix("OpenSSL "))
        #expect(LinkedLibraries.nghttp2.hasPrefix("nghttp2 1."))
        #expect(LinkedLibraries.description.contains(", "))
    }
}
