import Foundation
import HTTPTransport
import NIOHTTP1
import Testing

@testable import Gateway

/// `openapi/` is the contract: what its documents name and what the code does are the same.
@Suite("OpenAPI documents") struct OpenAPITests {
    private let root: URL

    init() {
        var root = URL(filePath: #filePath)
        for _ in 0..<3 { root.deleteLastPathComponent() }
        self.root = root
    }

    private func lines(_ name: String) throws -> [Substring] {
        try String(contentsOf: root.appending(path: "openapi/\(name).yaml"), encoding: .utf8)
            .split(separator: "\n", omittingEmptySubsequences: false)
    }

    /// Such as `GET /v1/models`.
    private func documented(_ name: String) throws -> Set<String> {
        var path = ""
        var documented: Set<String> = []
        for line in try lines(name) {
            if line.hasPrefix("  /"), line.hasSuffix(":") { path = String(line.dropFirst(2).dropLast()) }
            for method in ["get", "post", "put", "patch", "delete"] where line == "    \(method):" {
                documented.insert("\(method.uppercased()) \(path)")
            }
        }
        return documented
    }

    /// - Parameter pattern: a parameter that takes in slashes has no notation in the documents.
    private func name(_ method: String, _ pattern: String) -> String {
        "\(method) \(pattern.replacing("...}", with: "}"))"
    }

    @Test("name the routes that exist, with their methods") func routes() async throws {
        let served = Endpoint.routes.filter { !$0.pattern.hasSuffix("/") }.map { name($0.method.rawValue, $0.pattern) }
        #expect(try documented("thalamus") == Set(served))
        try await TestAdmin.with { admin in
            let operators = AdminAPI.routes(admin.administration).map { name($0.method.rawValue, $0.pattern) }
            let documented = try documented("admin")
            #expect(documented == Set(operators))
        }
    }

    @Test("has a table of all routes") func table() {
        let table = Endpoint.table()
        #expect(table.routes.count == Endpoint.routes.count)
        guard case .found(let match) = table.match(.GET, "/v1/models/openai%2Fgpt-4o") else {
            Issue.record("no route for a model's id")
            return
        }
        #expect(match.parameters["id"] == "openai/gpt-4o")
    }

    @Test("name every error code in the source", arguments: [("thalamus", false), ("admin", true)])
    func codes(document: String, isOfAdmin: Bool) throws {
        let documented = Set(
            try lines(document).filter { $0.hasPrefix("                - ") }
                .map { $0.trimmingPrefix("                - ") })
        let sources = try #require(
            FileManager.default.enumerator(
                at: root.appending(path: "Sources/Gateway"), includingPropertiesForKeys: nil))
        var used: Set<String> = []
        for case let file as URL in sources
        where file.pathExtension == "swift" && file.path.contains("/Gateway/Admin/") == isOfAdmin {
            let text = try String(contentsOf: file, encoding: .utf8)
            for match in text.matches(of: /code: (?:messages\.count == 0 \? )?"([a-z_]+)"/) {
                used.insert(String(match.1))
            }
            for match in text.matches(of: /message\) = \("([a-z_]+)"/) { used.insert(String(match.1)) }
        }
        #expect(used.count > (isOfAdmin ? 5 : 20))
        for code in used { #expect(documented.contains(code[...]), "\(code) is not in the document") }
    }
}
