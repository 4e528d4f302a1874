import NIOCore
import NIOHTTP1
import Testing

@testable import HTTPTransport

@Suite("HTTP client's timeouts", .timeLimit(.minutes(1))) struct HTTPClientDeadlineTests {
    private static let short = Duration.milliseconds(80)

    /// Sends `start`, then `again` for ever.
    private func server(_ start: String, again: String? = nil) async throws -> ScriptedServer {
        try await ScriptedServer.start { peer, _ in
            _ = await peer.receive(until: "ping")
            try await peer.send(start)
            while let again {
                try await Task.sleep(for: .milliseconds(10))
                try await peer.send(again)
            }
            _ = await peer.receiveAll()
        }
    }

    @Test("no head within the first-byte timeout", arguments: ["", "HTTP/1.1 200 OK\r\na: "])
    func firstByte(start: String) async throws {
        let server = try await server(start)
        try await withClient {
            $0.timeouts.firstByte = Self.short
        } _: { client, _ in
            let error = await client.error(to: HTTPTarget(server.address))
            #expect(error?.code == .deadlineExceeded)
            #expect(error?.message == "no response within the first-byte timeout")
        }
        await server.stop()
    }

    @Test("no byte of the body within the body timeout, and a request's own timeouts come first")
    func idle() async throws {
        let server = try await server("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab")
        try await withClient { client, _ in
            var timeouts = HTTPTimeouts()
            timeouts.idle = Self.short
            let error = await #expect(throws: TransportError.self) {
                try await client.withResponse(
                    from: server.address, deadline: .now + .seconds(50), timeouts: timeouts,
                    makeRequest: { _ in
                        HTTPClientRequest(method: .POST, target: "/", body: ByteBuffer(string: "ping"))
                    }
                ) { response in
                    let first = try await response.next()
                    #expect(first == ByteBuffer(string: "ab"))
                    // While nobody waits for it the peer may be silent.
                    try await Task.sleep(for: Self.short * 2)
                    _ = try await response.next()
                }
            }
            #expect(error?.code == .deadlineExceeded)
            #expect(error?.message == "no byte of the body within the body timeout")
        }
        await server.stop()
    }

    @Test("a body that drips for ever ends at the total timeout, however far the deadline is moved")
    func total() async throws {
        let server = try await server("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", again: "1\r\na\r\n")
        try await withClient {
            $0.timeouts.total = .milliseconds(300)
            $0.timeouts.idle = .seconds(20)
        } _: { client, _ in
            let error = await #expect(throws: TransportError.self) {
                try await client.withResponse(from: server.address, deadline: .now + .seconds(50)) { _ in
                    HTTPClientRequest(method: .POST, target: "/", body: ByteBuffer(string: "ping"))
                } _: { response in
                    response.extendDeadline(to: .now + .seconds(1_000))
                    while try await response.next() != nil {
                        response.extendDeadline(to: .now + .seconds(1_000))
                    }
                }
            }
            #expect(error?.code == .deadlineExceeded)
            #expect(error?.message == "no complete response before the deadline")
        }
        await server.stop()
    }

    @Test("many peers that accept and then say nothing take no more sockets than allowed")
    func stuck() async throws {
        let server = try await server("")
        try await withClient {
            $0.maximumConnections = 4
            $0.timeouts.firstByte = .milliseconds(50)
        } _: { client, _ in
            await withTaskGroup(of: TransportError.Code?.self) { group in
                for _ in 0..<40 {
                    group.addTask { await client.failure(to: server.address, within: .milliseconds(150)) }
                }
                for await code in group { #expect(code == .deadlineExceeded) }
            }
        }
        // Each of the four may be replaced after its timeout, twice within the deadline, and once more at its edge.
        #expect(server.accepted.value <= 16)
        await server.stop()
    }
}

@Suite("Deadlines of an exchange") struct ExchangeDeadlinesTests {
    @Test("the strictest bound names the phase")
    func phases() {
        var timeouts = HTTPTimeouts()
        timeouts.firstByte = .seconds(10)
        timeouts.idle = .seconds(100)
        var deadlines = ExchangeDeadlines(timeouts, deadline: .after(.seconds(50)))
        #expect(deadlines.entered(.firstByte) < .after(.seconds(11)))
        #expect(deadlines.phase == .firstByte)
        #expect(deadlines.entered(.idle) == deadlines.total)
        #expect(deadlines.phase == .total)
        _ = deadlines.extend(to: .after(.seconds(100_000)))
        #expect(deadlines.total < .after(.seconds(3_601)))
        #expect(deadlines.entered(.idle) < .after(.seconds(101)))
        #expect(deadlines.phase == .idle)
    }
}
