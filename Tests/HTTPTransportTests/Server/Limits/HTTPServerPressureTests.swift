import HTTPTransport
import NIOCore
import NIOHTTP1
import Testing

@Suite("HTTP server under pressure", .timeLimit(.minutes(1))) struct HTTPServerPressureTests {
    @Test("a body that trickles in is answered with 408, over HTTP/1.1 and HTTP/2", arguments: ["/", "/stream"])
    func slowBody(path: String) async throws {
        try await withServer {
            $0.minimumDataRate = 1_000_000
            $0.dataRateGrace = .milliseconds(100)
        } reception: {
            $0.path == "/stream" ? .stream(upTo: 1_000_000) : .collect
        } answer: { request, writer in
            while try await request.bodyStream?.next() != nil {}
            try await echo(request, writer)
        } _: { server, _ in
            let peer = try await RawPeer.connect(to: server.port)
            try await peer.send("POST \(path) HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\nab")
            #expect(await peer.receiveAll().hasPrefix("HTTP/1.1 408 "))
            let http2 = try await RawHTTP2Peer.connect(to: server.port)
            try await http2.send(.request(1, "POST", path, ends: false), .data(1, "ab", ends: false))
            #expect(await http2.answer(1).status == "408")
        }
    }

    @Test("requests that the memory does not hold are shed with 503, and others go on", arguments: ["/", "/stream"])
    func memory(path: String) async throws {
        let held = Event()
        let release = Event()
        try await withServer {
            $0.maximumMemoryInFlight = 300_000
        } reception: {
            $0.path == "/stream" ? .stream(upTo: 1_000_000) : $0.method == .GET ? .refuse : .collect
        } answer: { request, writer in
            if request.path == "/held" {
                held.happened()
                await release.wait()
            }
            try await writer.respond(.ok, body: ByteBuffer(string: "ok."))
        } _: { server, _ in
            let first = try await RawPeer.connect(to: server.port)
            let body = String(repeating: "x", count: 200_000)
            try await first.send("POST /held HTTP/1.1\r\nhost: x\r\ncontent-length: 200000\r\n\r\n\(body)")
            await held.wait()
            // Declared, chunked, and over HTTP/2.
            let declared = try await RawPeer.connect(to: server.port)
            try await declared.send("POST \(path) HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\n")
            let answer = await declared.receiveAll()
            #expect(answer.hasPrefix("HTTP/1.1 503 "))
            #expect(answer.contains("retry-after: 1\r\n"))
            if path == "/" {
                let chunked = try await RawPeer.connect(to: server.port)
                try await chunked.send("POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n186a0\r\n")
                try? await chunked.send(String(repeating: "x", count: 100_000))
                #expect(await chunked.receiveAll().hasPrefix("HTTP/1.1 503 "))
                let http2 = try await RawHTTP2Peer.connect(to: server.port)
                try await http2.send(.request(1, "POST", path, [("content-length", "100000")], ends: false))
                let refused = await http2.answer(1)
                #expect(refused.status == "503")
                #expect(refused.fields["retry-after"] == "1")
            }
            // What needs no room for a body is still answered, such as a liveness check.
            let small = try await RawPeer.connect(to: server.port)
            try await small.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n")
            #expect(await small.receive(until: "ok.") != nil)
            release.happened()
            #expect(await first.receive(until: "ok.") != nil)
            // The room is free again.
            try await first.send("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 200000\r\n\r\n\(body)")
            #expect(await first.receive(until: "ok.")?.hasPrefix("HTTP/1.1 200 ") == true)
        }
    }

    @Test(
        "a length that is too large at any time is no matter of load: 413, over HTTP/1.1 and HTTP/2",
        arguments: ["1000000000000", "9223372036854775807"], ["/", "/stream"])
    func declaredLength(length: String, path: String) async throws {
        try await withServer { _ in
        } reception: {
            $0.path == "/stream" ? .stream(upTo: 1_000_000) : .collect
        } answer: { request, writer in
            try await echo(request, writer)
        } _: { server, _ in
            let peer = try await RawPeer.connect(to: server.port)
            try await peer.send("POST \(path) HTTP/1.1\r\nhost: x\r\ncontent-length: \(length)\r\n\r\n")
            #expect(await peer.receiveAll().hasPrefix("HTTP/1.1 413 "))
            let http2 = try await RawHTTP2Peer.connect(to: server.port)
            try await http2.send(.request(1, "POST", path, [("content-length", length)], ends: false))
            #expect(await http2.answer(1).status == "413")
        }
    }
}
