import NIOHTTP1
import Testing

@testable import HTTPTransport

@Suite("Route table") struct HTTPRouteTableTests {
    private func table() throws -> HTTPRouteTable<String> {
        try HTTPRouteTable([
            HTTPRoute(.GET, "/", body: .refuse, "root"),
            HTTPRoute(.POST, "/v1/chat", body: .collectUpTo(9), "chat"),
            HTTPRoute(.GET, "/v1/models", body: .refuse, "list"),
            HTTPRoute(.GET, "/v1/models/{id...}", body: .refuse, "model"),
            HTTPRoute(.DELETE, "/v1/models/own", body: .refuse, "delete own"),
            HTTPRoute(.GET, "/keys/{id}", body: .refuse, "key"),
            HTTPRoute(.PUT, "/keys/{id}/", body: .collect, "key with slash"),
        ])
    }

    private func found(_ method: HTTPMethod, _ path: String) throws -> String {
        switch try table().match(method, path) {
        case .found(let match): "\(match.route.value):\(match.parameters["id"] ?? "")"
        case .missed(let miss): "\(miss)"
        }
    }

    @Test(
        "finds routes and what their parameters stand for",
        arguments: [
            (.GET, "/", "root:"), (.HEAD, "/", "root:"), (.POST, "/v1/chat", "chat:"),
            (.GET, "/v1/models/openai/gpt-4o", "model:openai/gpt-4o"),
            (.GET, "/v1/models/openai%2fgpt-4o", "model:openai/gpt-4o"),
            (.GET, "/v1/models/own", "model:own"), (.DELETE, "/v1/models/own", "delete own:"),
            (.GET, "/keys/a%2Fb", "key:a/b"), (.GET, "/keys/%C3%A9+1", "key:é+1"),
            (.PUT, "/keys/a/", "key with slash:a"),
        ] as [(HTTPMethod, String, String)])
    func finds(method: HTTPMethod, path: String, expected: String) throws {
        #expect(try found(method, path) == expected)
    }

    @Test(
        "has nothing at another path",
        arguments: [
            "", "*", "v1/chat", "//", "/v1/chat/", "/v1//chat", "//v1/chat", "/V1/chat", "/v1/%63hat", "/v1/./chat",
            "/v1/models/", "/keys/", "/keys/a/b", "/keys//",
        ])
    func nothing(path: String) throws {
        #expect(try found(.GET, path) == "notFound")
    }

    @Test(
        "refuses parameters that are not plain text",
        arguments: [
            "%", "%4", "%zz", "%+1", "%00", "%ff", "%c0%af", "%ed%a0%80", ".", "..", "%2e%2e", "%2E", "a%2f..%2fb",
            "%2f",
            "a%2F", String(repeating: "a", count: 1_025),
        ])
    func malformed(parameter: String) throws {
        #expect(try found(.GET, "/keys/\(parameter)").hasPrefix("malformed"))
        #expect(try found(.GET, "/v1/models/\(parameter)").hasPrefix("malformed"))
    }

    @Test("lists methods") func methods() throws {
        let table = try table()
        func miss(_ method: HTTPMethod, _ path: String) -> HTTPRouteMiss? {
            guard case .missed(let miss) = table.match(method, path) else { return nil }
            return miss
        }
        #expect(miss(.GET, "/v1/chat") == .methodNotAllowed(allow: "OPTIONS, POST"))
        #expect(miss(.POST, "/v1/models/own") == .methodNotAllowed(allow: "DELETE, GET, HEAD, OPTIONS"))
        #expect(miss(.OPTIONS, "/v1/models") == .options(allow: "GET, HEAD, OPTIONS"))
        #expect(miss(.OPTIONS, "/nothing") == .notFound)
    }

    @Test("decides on bodies, and reads none without a route") func bodies() throws {
        let table = try table()
        #expect(table.reception(of: HTTPRequest(method: .POST, target: "/v1/chat?a=b")) == .collectUpTo(9))
        #expect(table.reception(of: HTTPRequest(method: .GET, target: "/v1/chat")) == .refuse)
        #expect(table.reception(of: HTTPRequest(method: .POST, target: "/nothing")) == .refuse)
    }

    @Test(
        "does not take routes that conflict or are none",
        arguments: [
            ["/a", "/a"], ["/a/{x}", "/a/{x}"], ["/a/{x}", "/a/{y}"], ["a"], ["/a//b"], ["/{}"], ["/x{a}"],
            ["/{a...}/b"],
            ["/{a}/{a}"], ["/a/../b"], ["/%61"], ["/{a b}"],
        ])
    func conflicts(patterns: [String]) {
        #expect(throws: HTTPRouteError.self) {
            try HTTPRouteTable(patterns.map { HTTPRoute(.GET, $0, body: .refuse, 0) })
        }
    }

    @Test("finds what a plain model of the rules finds") func model() throws {
        var generator = SystemRandomNumberGenerator()
        let words = ["a", "b", "{p}", "{q...}"]
        for _ in 0..<300 {
            var patterns: Set<String> = []
            for index in 0..<Int.random(in: 1...6, using: &generator) {
                let parts = (0..<Int.random(in: 1...4, using: &generator)).map { depth in
                    (words.randomElement(using: &generator) ?? "a").replacing("p", with: "p\(depth)")
                }
                let pattern = "/" + parts.joined(separator: "/")
                if (try? RoutePattern(pattern)) != nil, index < 6 { patterns.insert(pattern) }
            }
            let table = try HTTPRouteTable(patterns.map { HTTPRoute(.GET, $0, body: .refuse, $0) })
            for _ in 0..<50 {
                let parts = (0..<Int.random(in: 0...5, using: &generator)).map { _ in
                    ["a", "b", "c", ""].randomElement(using: &generator) ?? ""
                }
                let path = "/" + parts.joined(separator: "/")
                var value: String?
                var isMalformed = false
                switch table.match(.GET, path) {
                case .found(let match): value = match.route.value
                case .missed(.malformed): isMalformed = true
                case .missed: break
                }
                let expected = Self.expected(patterns, path)
                // An empty segment within the rest of a path is refused instead of found.
                if isMalformed { #expect(expected?.hasSuffix("...}") == true) } else { #expect(value == expected) }
            }
        }
    }

    /// The pattern for `path` by the rules, by splitting.
    private static func expected(_ patterns: Set<String>, _ path: String) -> String? {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map(String.init)
        func key(_ pattern: String) -> String {
            String(
                pattern.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map {
                    $0.hasSuffix("...}") ? "2" : $0.hasPrefix("{") ? "1" : "0"
                })
        }
        return patterns.filter { pattern in
            let wanted = pattern.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map(String.init)
            let hasRest = wanted.last?.hasSuffix("...}") == true
            let fixed = hasRest ? wanted.count - 1 : wanted.count
            guard hasRest ? parts.count > fixed : parts.count == fixed else { return false }
            for index in 0..<fixed {
                guard wanted[index].hasPrefix("{") ? !parts[index].isEmpty : wanted[index] == parts[index] else {
                    return false
                }
            }
            return !hasRest || parts[fixed...] != [""]
        }.min { key($0) < key($1) }
    }
}
