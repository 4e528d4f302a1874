import HTTPTransport
import NIOCore
import NIOHTTP1
import Testing

@Suite("HTTP server's bounds", .timeLimit(.minutes(1))) struct HTTPServerLimitTests {
    @Test(
        "refuses malformed and ambiguous requests and closes",
        arguments: [
            (text: "GARBAGE\r\n\r\n", status: 400),
            (text: "GET / HTTP/1.1\r\n\r\n", status: 400),
            (text: "GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n", status: 400),
            (
                text: "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
                status: 400
            ),
            (
                text: "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\ncontent-length: 1\r\n\r\n0\r\n\r\n",
                status: 400
            ),
            (text: "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab", status: 400),
            (text: "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1,1\r\n\r\na", status: 400),
            (text: "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: +1\r\n\r\na", status: 400),
            (text: "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 99999999999999999999\r\n\r\na", status: 400),
            (text: "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: identity\r\n\r\n", status: 400),
            (
                text:
                    "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
                status: 400
            ),
            (text: "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n", status: 501),
            (text: "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: \u{b}chunked\r\n\r\n0\r\n\r\n", status: 400),
            (text: "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding : chunked\r\n\r\n0\r\n\r\n", status: 400),
            (text: "POST / HTTP/1.1\r\nhost: a\r\n transfer-encoding: chunked\r\n\r\n0\r\n\r\n", status: 400),
            (text: "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n", status: 400),
            (
                text: "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
                status: 400
            ),
            (text: "GET / HTTP/2.0\r\nhost: a\r\n\r\n", status: 400),
            (text: "GET / HTTP/1.1\r\nhost: a\r\nx: a\0b\r\n\r\n", status: 400),
            (text: "CONNECT a:1 HTTP/1.1\r\nhost: a\r\n\r\n", status: 405),
            (text: "POST / HTTP/1.1\r\nhost: a\r\nexpect: nothing\r\n\r\n", status: 417),
        ])
    func malformed(text: String, status: Int) async throws {
        try await withServer(answer: echo) { server, _ in
            let peer = try await RawPeer.connect(to: server.port)
            try await peer.send(text)
            let answer = await peer.receiveAll()
            #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(answer)")
            #expect(answer.contains("connection: close\r\n"))
            #expect(!answer.dropFirst(8).contains("HTTP/1.1"), "one answer")
        }
    }

    @Test("answers with the operator's error bodies")
    func errorBody() async throws {
        try await withServer {
            $0.errorBody = { (["content-type": "application/json"], ByteBuffer(string: "{\"status\":\($0.code)}")) }
        } answer: { request, writer in
            try await echo(request, writer)
        } _: { server, _ in
            let peer = try await RawPeer.connect(to: server.port)
            try await peer.send("GARBAGE\r\n\r\n")
            let answer = await peer.receiveAll()
            #expect(answer.contains("content-type: application/json\r\n"))
            #expect(answer.hasSuffix("{\"status\":400}"))
        }
    }

    @Test("a fault behind a request is answered after that request")
    func pipelinedFault() async throws {
        let release = Event()
        try await withServer { _ in
        } answer: { request, writer in
            await release.wait()
            try await echo(request, writer)
        } _: { server, _ in
            let peer = try await RawPeer.connect(to: server.port)
            try await peer.send("GET /first HTTP/1.1\r\nhost: x\r\n\r\nGARBAGE\r\n\r\n")
            release.happened()
            let answer = await peer.receiveAll()
            #expect(answer.contains("GET /first HTTP/1.1 400 ") == true, "\(answer)")
        }
    }

    private static func letters(_ count: Int) -> String { String(repeating: "a", count: count) }

    private static let excesses: [(text: String, status: Int)] = [
        ("GET / HTTP/1.1\r\nhost: a\r\nx: \(letters(3_000))\r\n\r\n", 431),
        ("GET / HTTP/1.1\r\nhost: a\r\n\(String(repeating: "x: y\r\n", count: 40))\r\n", 431),
        ("GET /\(letters(300)) HTTP/1.1\r\nhost: a\r\n\r\n", 414),
        ("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1001\r\n\r\n", 413),
        ("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n3e9\r\n\(letters(1_001))", 413),
    ]

    @Test("refuses too many or too large header fields, long targets and large bodies", arguments: excesses)
    func tooMuch(text: String, status: Int) async throws {
        try await withServer {
            $0.maximumHeaderBytes = 2_000
            $0.maximumHeaderCount = 32
            $0.maximumTargetBytes = 200
            $0.maximumBodyBytes = 1_000
        } answer: { request, writer in
            try await echo(request, writer)
        } _: { server, _ in
            let peer = try await RawPeer.connect(to: server.port)
            try await peer.send(text)
            let answer = await peer.receiveAll()
            #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(answer)")
        }
    }

    @Test("a client that sends a large body all the same still gets its 413")
    func largeBody() async throws {
        try await withServer {
            $0.maximumBodyBytes = 1_000
        } answer: { request, writer in
            try await echo(request, writer)
        } _: { server, _ in
            let peer = try await RawPeer.connect(to: server.port)
            let size = 3_000_000
            try await peer.send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: \(size)\r\n\r\n")
            try? await peer.send([UInt8](repeating: 0x61, count: size))
            #expect(await peer.receive(until: "\r\n\r\n")?.hasPrefix("HTTP/1.1 413 ") == true)
        }
    }

    @Test(
        "ends slow heads and bodies with 408, idle connections in silence",
        arguments: [
            (text: "", answer: ""), (text: "GET / HT", answer: "HTTP/1.1 408 "),
            (text: "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\nab", answer: "HTTP/1.1 408 "),
        ])
    func timeouts(text: String, answer: String) async throws {
        try await withServer {
            $0.headerTimeout = .seconds(2)
            $0.bodyTimeout = .seconds(2)
            $0.idleTimeout = .seconds(2)
        } answer: { request, writer in
            try await echo(request, writer)
        } _: { server, _ in
            let fresh = try await RawPeer.connect(to: server.port)
            if !text.isEmpty { try await fresh.send(text) }
            let received = await fresh.receiveAll()
            #expect(answer.isEmpty ? received.isEmpty : received.hasPrefix(answer), "\(received)")

            let used = try await RawPeer.connect(to: server.port)
            try await used.send("GET /used HTTP/1.1\r\nhost: x\r\n\r\n")
            #expect(await used.receive(until: "GET /used ") != nil)
            if !text.isEmpty { try await used.send(text) }
            let later = await used.receiveAll()
            #expect(answer.isEmpty ? later.isEmpty : later.hasPrefix(answer), "\(later)")
        }
    }
}
