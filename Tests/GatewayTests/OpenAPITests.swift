import Foundation
import HTTPTransport
import NIOHTTP1
import Testing

@testable import Gateway

/// `openapi/thalamus.yaml` is the contract: what it names and what the code does are the same.
@Suite("OpenAPI document") struct OpenAPITests {
    private let lines: [Substring]

    init() throws {
        var root = URL(filePath: #filePath)
        for _ in 0..<3 { root.deleteLastPathComponent() }
        let text = try String(contentsOf: root.appending(path: "openapi/thalamus.yaml"), encoding: .utf8)
        lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    }

    @Test("names the routes that exist, with their methods") func routes() {
        var path = ""
        var documented: Set<String> = []
        for line in lines {
            if line.hasPrefix("  /"), line.hasSuffix(":") { path = String(line.dropFirst(2).dropLast()) }
            for method in ["get", "post", "put", "patch", "delete"] where line == "    \(method):" {
                documented.insert("\(method.uppercased()) \(path)")
            }
        }
        // A parameter that takes in slashes has no notation there.
        let served = Endpoint.routes.filter { !$0.pattern.hasSuffix("/") }
            .map { "\($0.method.rawValue) \($0.pattern.replacing("...}", with: "}"))" }
        #expect(documented == Set(served))
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

    @Test("names every error code in the source") func codes() throws {
        let documented = Set(
            lines.filter { $0.hasPrefix("                - ") }.map { $0.trimmingPrefix("                - ") })
        var folder = URL(filePath: #filePath)
        for _ in 0..<3 { folder.deleteLastPathComponent() }
        let sources = try #require(
            FileManager.default.enumerator(
                at: folder.appending(path: "Sources/Gateway"), includingPropertiesForKeys: nil))
        var used: Set<String> = []
        for case let file as URL in sources where file.pathExtension == "swift" {
            let text = try String(contentsOf: file, encoding: .utf8)
            for match in text.matches(of: /code: (?:messages\.count == 0 \? )?"([a-z_]+)"/) {
                used.insert(String(match.1))
            }
            for match in text.matches(of: /message\) = \("([a-z_]+)"/) { used.insert(String(match.1)) }
        }
        #expect(used.count > 20)
        for code in used { #expect(documented.contains(code[...]), "\(code) is not in the document") }
    }
}
