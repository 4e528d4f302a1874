import HTTPTransport
import NIOHTTP1
import Testing

@Suite("HTTP request") struct HTTPRequestTests {
    @Test(
        "splits its target",
        arguments: [
            (target: "/v1/models", path: "/v1/models", query: nil),
            (target: "/v1/models?limit=3&after=a?b", path: "/v1/models", query: "limit=3&after=a?b"),
            (target: "/?", path: "/", query: ""), (target: "*", path: "*", query: nil),
            (target: "http://host:8080/a/b?c", path: "/a/b", query: "c"),
            (target: "http://host", path: "/", query: nil),
            (target: "http://host?c", path: "/", query: "c"),
            (target: "/redirect?to=http://x/y", path: "/redirect", query: "to=http://x/y"),
        ] as [(target: String, path: String, query: String?)])
    func split(target: String, path: String, query: String?) {
        let request = HTTPRequest(method: .GET, target: target)
        #expect(request.path == path)
        #expect(request.query == query)
    }
}
