import NIOCore
import Testing

@testable import HTTPTransport

/// Raw frames over a socket, case by case, in the order of RFC 9113.
@Suite("HTTP/2 conformance") struct HTTP2ConformanceTests {
    static let sections: [(name: String, cases: [ConformanceCase])] = [
        ("3 Starting HTTP/2", Section3Cases.all),
        ("4 HTTP frames", Section4Cases.all),
        ("5 Streams and multiplexing", Section5Cases.all),
        ("6 Frame definitions", Section6Cases.all),
        ("7 Error codes", Section7Cases.all),
        ("8 HTTP semantics", Section8Cases.all),
        ("HPACK", HPACKCases.all),
    ]

    static let all = sections.flatMap(\.cases)

    @Test("every case ends as the RFC says", arguments: all)
    func whole(testCase: ConformanceCase) async throws {
        try await check(testCase, .whole)
    }

    @Test("so it does with every frame in two pieces", arguments: all)
    func halves(testCase: ConformanceCase) async throws {
        try await check(testCase, .halves)
    }

    @Test("so it does byte by byte", arguments: all)
    func bytes(testCase: ConformanceCase) async throws {
        try await check(testCase, .bytes)
    }

    private func check(_ testCase: ConformanceCase, _ delivery: Delivery) async throws {
        try await withConformanceServer { server in
            var run = ConformanceRun(testCase, try await CasePeer.connect(to: server.port), delivery)
            if let problem = await run.failure() { Issue.record("\(problem)") }
        }
    }
}
