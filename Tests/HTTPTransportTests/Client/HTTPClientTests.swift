import NIOCore
import NIOHTTP1
import Synchronization
import Testing

@testable import HTTPTransport

@Suite("HTTP client", .timeLimit(.minutes(1))) struct HTTPClientTests {
    @Test("reuses a connection, with one uuid and rising nonces on it")
    func reuse() async throws {
        let server = try await ScriptedServer.start { peer, _ in
            while await peer.receive(until: "ping") != nil { try await peer.send(okay) }
        }
        try await withClient { client, _ in
            var uuids: Set<String> = []
            var nonces: [UInt64] = []
            for _ in 0..<5 {
                let text = try await client.withResponse(from: server.address, deadline: .now + .seconds(20)) { info in
                    uuids.insert(info.uuid)
                    nonces.append(info.nextNonce())
                    return HTTPClientRequest(method: .POST, target: "/", body: ByteBuffer(string: "ping"))
                } _: { response in
                    String(buffer: try await response.collect(upTo: 10))
                }
                #expect(text == "ok")
            }
            #expect(uuids.count == 1)
            #expect(nonces == nonces.sorted() && Set(nonces).count == 5)
        }
        #expect(server.accepted.value == 1)
        await server.stop()
    }

    @Test("requests at the same time have connections of their own, bounded")
    func parallel() async throws {
        let open = Counter()
        let server = try await ScriptedServer.start { peer, _ in
            while await peer.receive(until: "ping") != nil {
                #expect(open.add() <= 3)
                try await Task.sleep(for: .milliseconds(5))
                open.subtract()
                try await peer.send(okay)
            }
        }
        try await withClient {
            $0.maximumConnections = 3
        } _: { client, _ in
            try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<20 { group.addTask { try await client.post(to: server.address) } }
                for try await answer in group { #expect(answer == "200 ok") }
            }
        }
        #expect(server.accepted.value == 3)
        await server.stop()
    }

    @Test("sends once more when the peer closed a reused connection, made anew")
    func staleConnection() async throws {
        let closed = Event()
        let server = try await ScriptedServer.start { peer, number in
            _ = await peer.receive(until: "ping")
            try await peer.send(okay)
            if number == 1 {
                // Closes at the moment that the second request arrives.
                _ = await peer.receive(until: "ping")
                await peer.close()
                closed.happened()
            } else {
                while await peer.receive(until: "ping") != nil { try await peer.send(okay) }
            }
        }
        try await withClient { client, _ in
            try await client.expect("200 ok", to: server.address)
            var made = 0
            let answer = try await client.withResponse(from: server.address, deadline: .now + .seconds(20)) { _ in
                made += 1
                return HTTPClientRequest(method: .POST, target: "/", body: ByteBuffer(string: "ping"))
            } _: { response in
                String(buffer: try await response.collect(upTo: 10))
            }
            #expect(answer == "ok")
            #expect(made == 2)
        }
        await closed.wait()
        await server.stop()
    }

    @Test("does not send again on a fresh connection, nor after the first byte of a response")
    func noRetry() async throws {
        let server = try await ScriptedServer.start { peer, number in
            _ = await peer.receive(until: "ping")
            if number == 2 {
                try await peer.send(okay)
                _ = await peer.receive(until: "ping")
                try await peer.send("H")
            }
        }
        try await withClient { client, _ in
            #expect(await client.failure(to: server.address) == .connectionClosed)
            #expect(server.accepted.value == 1)
            try await client.expect("200 ok", to: server.address)
            #expect(await client.failure(to: server.address) == .connectionClosed)
            #expect(server.accepted.value == 2)
        }
        await server.stop()
    }

    @Test(
        "reads answers in every framing, byte by byte",
        arguments: [
            (answer: okay, text: "200 ok", isReused: true),
            (
                answer:
                    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\no\r\n1;a=b\r\nk\r\n0\r\nt: u\r\n\r\n",
                text: "200 ok", isReused: true
            ),
            (answer: "HTTP/1.1 204 No Content\r\n\r\n", text: "204 ", isReused: true),
            (answer: "HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\n", text: "304 ", isReused: true),
            (
                answer: "HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/\r\ncontent-length: 0\r\n\r\n",
                text: "302 ", isReused: true
            ),
            (answer: "HTTP/1.1 503 Busy\r\ncontent-length: 1\r\n\r\nx", text: "503 x", isReused: true),
            (
                answer: "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\na: b\r\n\r\n" + okay, text: "200 ok",
                isReused: false
            ),
            (
                answer: "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok", text: "200 ok",
                isReused: false
            ),
            (answer: "HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok", text: "200 ok", isReused: false),
        ])
    func framings(answer: String, text: String, isReused: Bool) async throws {
        let server = try await ScriptedServer.start { peer, _ in
            while await peer.receive(until: "ping") != nil {
                for byte in answer.utf8 { try await peer.send([byte]) }
            }
        }
        try await withClient { client, _ in
            for _ in 0..<2 { try await client.expect(text, to: server.address) }
        }
        #expect(server.accepted.value == (isReused ? 1 : 2))
        await server.stop()
    }

    @Test("a body without length ends with the connection")
    func untilClose() async throws {
        let server = try await ScriptedServer.start { peer, _ in
            _ = await peer.receive(until: "ping")
            try await peer.send("HTTP/1.1 200 OK\r\n\r\nok")
        }
        try await withClient { client, _ in try await client.expect("200 ok", to: server.address) }
        await server.stop()
    }

    @Test("expects no body after HEAD")
    func head() async throws {
        let server = try await ScriptedServer.start { peer, _ in
            while await peer.receive(until: "\r\n\r\n") != nil {
                try await peer.send("HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n")
            }
        }
        try await withClient { client, _ in
            for _ in 0..<3 { try await client.expect("200 ", for: "", to: server.address, method: .HEAD) }
        }
        #expect(server.accepted.value == 1)
        await server.stop()
    }

    @Test("leaves with the peer what is not read")
    func backPressure() async throws {
        let sent = Counter()
        let total = 400
        let server = try await ScriptedServer.start { peer, _ in
            _ = await peer.receive(until: "ping")
            try await peer.send("HTTP/1.1 200 OK\r\ncontent-length: \(total * 65_536)\r\n\r\n")
            for _ in 0..<total {
                try await peer.send([UInt8](repeating: 0x61, count: 65_536))
                sent.add()
            }
        }
        try await withClient { client, _ in
            try await client.withResponse(from: server.address, deadline: .now + .seconds(50)) { _ in
                HTTPClientRequest(method: .POST, target: "/", body: ByteBuffer(string: "ping"))
            } _: { response in
                var last = -1
                while sent.value != last || last == 0 {
                    last = sent.value
                    try await Task.sleep(for: .milliseconds(100))
                }
                #expect(sent.value < total, "26 MB cannot all be on their way")
                var count = 0
                while let part = try await response.next() { count += part.readableBytes }
                #expect(count == total * 65_536)
            }
        }
        await server.stop()
    }

    @Test("sends large bodies whole")
    func largeBody() async throws {
        try await withServer {
            $0.maximumBodyBytes = 30_000_000
        } answer: { request, writer in
            try await writer.respond(.ok, body: ByteBuffer(string: "\(request.body.readableBytes)"))
        } _: { server, loops in
            let client = HTTPClient(on: loops)
            for count in [0, 1, 65_536, 65_537, 20_000_000] {
                let text = String(repeating: "a", count: count)
                try await client.expect("200 \(count)", for: text, to: .loopback(server.port))
            }
            await client.shutDown()
        }
    }

    @Test("can be used from anywhere")
    func elsewhere() async throws {
        actor Caller {
            func call(_ client: HTTPClient, _ address: VettedAddress) async throws -> String {
                try await client.post(to: address)
            }
        }
        try await withServer(answer: echo) { server, _ in
            let loops = EventLoops(count: 2)
            let client = HTTPClient(on: loops)
            let caller = Caller()
            for _ in 0..<20 {
                try await client.expect("200 POST / ping", to: .loopback(server.port))
                let fromActor = try await caller.call(client, .loopback(server.port))
                #expect(fromActor == "200 POST / ping")
                let onMain = try await Task { @MainActor in try await client.post(to: .loopback(server.port)) }.value
                #expect(onMain == "200 POST / ping")
            }
            await client.shutDown()
            await loops.shutdown()
        }
    }

    @Test("does not dial after shutting down")
    func shutDown() async throws {
        let server = try await ScriptedServer.start { peer, _ in
            while await peer.receive(until: "ping") != nil { try await peer.send(okay) }
        }
        try await withClient { client, _ in
            try await client.expect("200 ok", to: server.address)
            await client.shutDown()
            #expect(await client.failure(to: server.address) == .shutDown)
        }
        await server.stop()
    }
}
