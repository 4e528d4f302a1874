import Dispatch
import Foundation
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

    @Test("a connection that becomes a WebSocket gives back what its request held")
    func webSockets() async throws {
        let upgrade = """
            GET / HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-version: 13\r
            sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n
            """
        try await withServer {
            $0.maximumMemoryInFlight = 50_000
        } webSocket: { _ in
        } answer: {
            try await echo($0, $1)
        } _: { server, _ in
            for _ in 0..<8 {
                let peer = try await RawPeer.connect(to: server.port)
                try await peer.send(upgrade)
                #expect(await peer.receive(until: "\r\n\r\n")?.hasPrefix("HTTP/1.1 101 ") == true)
                await peer.close()
            }
        }
    }

    @Test("an answer that finds the client gone holds nothing afterwards, over HTTP/1.1 and HTTP/2", arguments: [1, 2])
    func goneClients(version: Int) async throws {
        let steps = Steps()
        let body = ByteBuffer(repeating: 0x61, count: 8_000_000)
        try await withServer {
            $0.maximumMemoryInFlight = 1_000_000
            $0.compresses = false
        } answer: { request, writer in
            guard request.path == "/large" else { return try await echo(request, writer) }
            steps.started()
            // The loop stands still meanwhile, so that only the write itself can find out.
            steps.waitUntilGone()
            try? await writer.respond(.ok, body: body)
        } _: { server, _ in
            for _ in 0..<3 {
                if version == 1 {
                    let peer = try await RawPeer.connect(to: server.port)
                    try await peer.send("GET /large HTTP/1.1\r\nhost: x\r\n\r\n")
                    await steps.waitUntilStarted()
                    await peer.reset()
                } else {
                    let peer = try await RawHTTP2Peer.connect(to: server.port, settings: [(4, 0x7fff_ffff)])
                    try await peer.send(.windowUpdate(0, 0x7f00_0000), .request(1, "GET", "/large"))
                    await steps.waitUntilStarted()
                    await peer.reset()
                }
                steps.gone()
            }
            let last = try await RawPeer.connect(to: server.port)
            try await last.send("GET /small HTTP/1.1\r\nhost: x\r\n\r\n")
            #expect(await last.receive(until: "\r\n\r\n")?.hasPrefix("HTTP/1.1 200 ") == true)
        }
    }

    /// Lets a handler block its loop until the test has done something.
    private final class Steps: Sendable {
        private let start = AsyncStream<Void>.makeStream()
        private let end = DispatchSemaphore(value: 0)

        func started() { start.continuation.yield() }
        func waitUntilStarted() async { for await _ in start.stream { return } }
        func gone() { end.signal() }
        func waitUntilGone() { end.wait() }
    }

    @Test("requests that wait behind others count by their number")
    func pipelined() async throws {
        let release = Event()
        try await withServer {
            $0.maximumMemoryInFlight = 200_000
        } reception: {
            $0.method == .POST ? .stream(upTo: 2_000_000) : .collect
        } answer: { request, writer in
            while try await request.bodyStream?.next() != nil {}
            if request.path == "/held" { await release.wait() }
            try await echo(request, writer)
        } _: { server, _ in
            let get = "GET / HTTP/1.1\r\nhost: x\r\n\r\n"
            let greedy = try await RawPeer.connect(to: server.port)
            // Large reads follow upon large ones.
            let size = 1_000_000
            try await greedy.send("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: \(size)\r\n\r\n")
            try await greedy.send([UInt8](repeating: 0x61, count: size))
            #expect(await greedy.receive(until: "POST / ") != nil)
            try await greedy.send("GET /held HTTP/1.1\r\nhost: x\r\n\r\n" + String(repeating: get, count: 1_000))
            var status: String?
            repeat {
                let other = try await RawPeer.connect(to: server.port)
                try await other.send(get)
                status = await other.receive(until: "\r\n\r\n").map { String($0.prefix(12)) }
                await other.close()
            } while status == "HTTP/1.1 200"
            #expect(status == "HTTP/1.1 503")
            release.happened()
            // The greedy one itself is served, and all is free afterwards.
            var count = 0
            while count < 1_000, let text = await greedy.receive(until: "GET / ") {
                count += text.components(separatedBy: "HTTP/1.1 200").count - 1
            }
            let other = try await RawPeer.connect(to: server.port)
            try await other.send(get)
            #expect(await other.receive(until: "\r\n\r\n")?.hasPrefix("HTTP/1.1 200") == true)
        }
    }

    @Test("long heads count")
    func longHeads() async throws {
        let release = Event()
        let held = Counter()
        try await withServer {
            $0.maximumMemoryInFlight = 150_000
        } answer: { request, writer in
            if request.path == "/held" {
                held.add()
                await release.wait()
            }
            try await echo(request, writer)
        } _: { server, _ in
            let long = "GET /held HTTP/1.1\r\nhost: x\r\nx: \(String(repeating: "y", count: 60_000))\r\n\r\n"
            let peers = [
                try await RawPeer.connect(to: server.port), try await RawPeer.connect(to: server.port),
                try await RawPeer.connect(to: server.port),
            ]
            for peer in peers { try await peer.send(long) }
            #expect(await peers[2].receive(until: "\r\n\r\n")?.hasPrefix("HTTP/1.1 503") == true)
            release.happened()
            for peer in peers.dropLast() { #expect(await peer.receive(until: "GET /held") != nil) }
            #expect(held.value == 2)
        }
    }

    @Test("bodies of one HTTP/2 connection may come one after the other: no one is late while the other comes")
    func bodiesInTurn() async throws {
        try await withServer {
            $0.minimumDataRate = 1_000
            $0.dataRateGrace = .milliseconds(500)
        } answer: { request, writer in
            try await writer.respond(.ok, body: ByteBuffer(string: "\(request.body.readableBytes) bytes"))
        } _: { server, _ in
            // The first one's echo is as long as what a fast machine sends in the time.
            let peer = try await RawHTTP2Peer.connect(to: server.port, settings: [(4, 1 << 24)])
            try await peer.send(.windowUpdate(0, 1 << 24))
            try await peer.send(.request(1, "POST", "/first", ends: false), .request(3, "POST", "/second", ends: false))
            let limit = ContinuousClock.now + .seconds(2)
            while ContinuousClock.now < limit {
                try await peer.send(.data(1, [UInt8](repeating: 0x61, count: 1_000)))
                try await Task.sleep(for: .milliseconds(20))
            }
            try await peer.send(.data(1, "", ends: true), .data(3, "late", ends: true))
            #expect(await peer.answers([1, 3])[3]?.body == "4 bytes")
        }
    }
}
