import NIOCore
import NIOHTTP1
import Testing

@testable import HTTPTransport

@Suite("HTTP/2 client", .timeLimit(.minutes(1))) struct HTTP2ClientTests {
    /// One GET, its answer as text, and what the connection said about itself.
    private func get(
        _ path: String, from target: HTTPTarget, with client: HTTPClient
    ) async throws -> (text: String, version: ConnectionInfo.Version, uuid: String) {
        var seen: ConnectionInfo?
        let text = try await client.withResponse(from: target, deadline: .now + .seconds(20)) { info in
            seen = info
            return HTTPClientRequest(method: .GET, target: path)
        } _: { response in
            String(buffer: try await response.collect(upTo: 1_000_000))
        }
        let info = try #require(seen)
        return (text, info.version, info.uuid)
    }

    @Test("is what a server over TLS gets that chooses it, unless the target or the configuration says otherwise")
    func negotiation() async throws {
        let tls = try TestTLS()
        let (context, served) = (try tls.client(), try tls.certificate())
        try await withServer {
            $0.tls = served
        } answer: {
            try await echo($0, $1)
        } _: { server, loops in
            let client = HTTPClient(on: loops)
            var target = HTTPTarget(.loopback(server.port), tls: .init(context, serverName: "localhost"))
            for _ in 0..<2 {
                let answer = try await get("/a?b", from: target, with: client)
                #expect(answer.text == "GET /a?b ")
                #expect(answer.version == .http2)
            }
            target.version = .http1
            let older = try await get("/c", from: target, with: client)
            #expect(older.text == "GET /c " && older.version == .http1)
            await client.shutDown()
            target.version = .negotiated
            var configuration = HTTPClientConfiguration()
            configuration.http2.isEnabled = false
            let plain = HTTPClient(configuration: configuration, on: loops)
            let answer = try await get("/d", from: target, with: plain)
            #expect(answer.text == "GET /d " && answer.version == .http1)
            await plain.shutDown()
        }
    }

    @Test("is spoken without TLS where the target asks for it", arguments: [HTTPTarget.Version.http2, .negotiated])
    func priorKnowledge(version: HTTPTarget.Version) async throws {
        try await withServer(answer: echo) { server, loops in
            let client = HTTPClient(on: loops)
            let target = HTTPTarget(.loopback(server.port), version: version, authority: "node.test")
            let answer = try await get("/x", from: target, with: client)
            #expect(answer.text == "GET /x ")
            #expect(answer.version == (version == .http2 ? .http2 : .http1))
            let posted = try await client.post("hello", to: target)
            #expect(posted == "200 POST / hello")
            await client.shutDown()
        }
    }

    @Test("sends what the request says: pseudo-headers, fields in lower case, no connection's fields")
    func request() async throws {
        try await withHTTP2Client { peer, _ in
            let request = try #require(await peer.request())
            #expect(
                request.fields == [
                    ":method": "POST", ":scheme": "http", ":authority": "node.test", ":path": "/p?q", "x-a": "b",
                    "content-length": "4", "accept-encoding": ContentCoding.acceptable,
                ])
            let body = await peer.next(RawFrame.Kind.data)
            #expect(body?.text == "ping" && body?.endsStream == true)
            try await peer.send(
                .response(1, 200, [("set-cookie", "a=1"), ("set-cookie", "b=2")]), .data(1, "", ends: true))
            _ = await peer.next()
        } _: { client, server in
            let cookies = try await client.withResponse(from: server.target, deadline: .now + .seconds(20)) { _ in
                var request = HTTPClientRequest(
                    method: .POST, target: "/p?q",
                    headers: [
                        "Host": "node.test", "X-A": " b ", "Connection": "close", "Keep-Alive": "5",
                        "Expect": "100-continue",
                        "Transfer-Encoding": "chunked", "TE": "trailers", "Upgrade": "x",
                    ], body: ByteBuffer(string: "ping"))
                request.acceptsCompression = true
                return request
            } _: { response in
                let end = try await response.next()
                #expect(end == nil)
                return response.headers["set-cookie"]
            }
            #expect(cookies == ["a=1", "b=2"])
        }
    }

    @Test("refuses to send what is no valid message, and the connection goes on")
    func invalid() async throws {
        try await withHTTP2Client(script: answerAll) { client, server in
            let large = String(repeating: "b", count: 132_000)
            for (path, headers) in [("/ x", [:]), ("/", ["a": "b\r\nc"]), ("/", ["a b": "c"]), ("/", ["a": large])]
                as [(String, HTTPHeaders)]
            {
                let error = await #expect(throws: TransportError.self) {
                    try await client.withResponse(from: server.target, deadline: .now + .seconds(20)) { _ in
                        HTTPClientRequest(method: .GET, target: path, headers: headers)
                    } _: { _ in
                    }
                }
                #expect(error?.code == .invalidMessage)
            }
            let answer = try await client.post(to: server.target)
            #expect(answer == "200 ok")
            #expect(server.accepted.value == 1)
        }
    }

    @Test("carries many requests on one connection, answered in any order")
    func multiplexing() async throws {
        try await withHTTP2Client { peer, _ in
            var streams: [UInt32] = []
            while streams.count < 20, let request = await peer.request() { streams.append(request.stream) }
            for stream in streams.reversed() { try await peer.send(.response(stream)) }
            for stream in streams { try await peer.send(.data(stream, "answer ")) }
            for stream in streams.reversed() { try await peer.send(.data(stream, "\(stream)", ends: true)) }
            _ = await peer.request()
        } _: { client, server in
            let answers = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<20 { group.addTask { try await client.post(to: server.target) } }
                return try await group.reduce(into: Set<String>()) { $0.insert($1) }
            }
            #expect(answers == Set((0..<20).map { "200 answer \($0 * 2 + 1)" }))
            #expect(server.accepted.value == 1)
        }
    }

    @Test("requests that come while the first connection is being made share it")
    func oneHandshake() async throws {
        let tls = try TestTLS()
        let context = try tls.client()
        let server = try await ScriptedHTTP2Server.start(tls: tls.server(), answerAll)
        let target = HTTPTarget(.loopback(server.port), tls: .init(context, serverName: "localhost"))
        try await withClient { client, _ in
            try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<40 { group.addTask { try await client.post(to: target) } }
                for try await answer in group { #expect(answer == "200 ok") }
            }
        }
        #expect(server.accepted.value == 1)
        await server.stop()
    }

    @Test("requests to a server that turns out to speak HTTP/1.1 have connections of their own")
    func oneHandshakeForNothing() async throws {
        let tls = try TestTLS()
        let context = try tls.client()
        let all = Event()
        let open = Counter()
        let server = try await ScriptedServer.start(tls: tls.server()) { peer, _ in
            _ = await peer.receive(until: "ping")
            if open.add() == 5 { all.happened() }
            await all.wait()
            try await peer.send(okay)
            _ = await peer.receiveAll()
        }
        let target = HTTPTarget(server.address, tls: .init(context, serverName: "localhost"))
        try await withClient { client, _ in
            try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<5 { group.addTask { try await client.post(to: target) } }
                for try await answer in group { #expect(answer == "200 ok") }
            }
        }
        #expect(server.accepted.value == 5)
        await server.stop()
    }

    @Test("has no more streams than the server or the configuration allows", arguments: [true, false])
    func bound(isServers: Bool) async throws {
        try await withHTTP2Client(settings: isServers ? [(id: 3, value: 2)] : []) {
            $0.maximumConnections = 1
            if !isServers { $0.http2.maximumConcurrentStreams = 2 }
        } script: { peer, _ in
            while let first = await peer.request() {
                guard first.stream > 1 else {
                    try await peer.send(.response(1), .data(1, "ok", ends: true))
                    continue
                }
                // The limit is known: another one comes, and no third.
                let second = try #require(await peer.request())
                try await peer.send(.ping())
                #expect(
                    await peer.next { $0.kind == RawFrame.Kind.headers || $0.kind == RawFrame.Kind.ping }?.kind
                        == RawFrame.Kind.ping)
                for stream in [first.stream, second.stream] {
                    try await peer.send(.response(stream), .data(stream, "ok", ends: true))
                }
            }
        } _: { client, server in
            let answer = try await client.post(to: server.target)
            #expect(answer == "200 ok")
            try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<8 { group.addTask { try await client.post(to: server.target) } }
                for try await answer in group { #expect(answer == "200 ok") }
            }
            #expect(server.accepted.value == 1)
        }
    }

    @Test("opens another connection when all places are taken")
    func overflow() async throws {
        let all = Event()
        let open = Counter()
        try await withHTTP2Client {
            $0.http2.maximumConcurrentStreams = 2
        } script: { peer, _ in
            while let request = await peer.request() {
                if open.add() == 6 { all.happened() }
                guard request.stream > 1 else { continue }
                await all.wait()
                for stream in [1, request.stream] {
                    try await peer.send(.response(stream), .data(stream, "ok", ends: true))
                }
            }
        } _: { client, server in
            try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<6 { group.addTask { try await client.post(to: server.target) } }
                for try await answer in group { #expect(answer == "200 ok") }
            }
            #expect(server.accepted.value == 3)
        }
    }

    @Test("requests in flight together have different uuids, one after the other the same")
    func places() async throws {
        try await withHTTP2Client { peer, _ in
            let first = try #require(await peer.request())
            let second = try #require(await peer.request())
            for stream in [first.stream, second.stream] { try await peer.send(.response(stream, ends: true)) }
            while let request = await peer.request() { try await peer.send(.response(request.stream, ends: true)) }
        } _: { client, server in
            async let one = get("/", from: server.target, with: client).uuid
            async let other = get("/", from: server.target, with: client).uuid
            let together = try await [one, other]
            #expect(Set(together).count == 2)
            for _ in 0..<3 {
                let uuid = try await get("/", from: server.target, with: client).uuid
                #expect(together.contains(uuid))
            }
        }
    }

    @Test("takes informational heads, answers without a body, and trailers")
    func shapes() async throws {
        try await withHTTP2Client { peer, _ in
            while let request = await peer.request() {
                let stream = request.stream
                switch request.fields[":path"] {
                case "/early":
                    try await peer.send(
                        .response(stream, 103, [("link", "x")]), .response(stream, 100), .response(stream, 201),
                        .data(stream, "made", ends: true))
                case "/none": try await peer.send(.response(stream, 204, ends: true))
                case "/head": try await peer.send(.response(stream, 200, [("content-length", "9")], ends: true))
                case "/redirect":
                    try await peer.send(.response(stream, 302, [("location", "http://127.0.0.1:1/")], ends: true))
                default:
                    try await peer.send(
                        .response(stream, 200, [("content-length", "3")]), .data(stream, "abc"),
                        .headers(stream, [("x-sum", "7")]))
                }
            }
        } _: { client, server in
            for (path, method, expected) in [
                ("/early", .GET, "201 made"), ("/none", .GET, "204 "), ("/head", .HEAD, "200 "),
                ("/redirect", .GET, "302 "), ("/trailers", .GET, "200 abc7"),
            ] as [(String, HTTPMethod, String)] {
                let text = try await client.withResponse(from: server.target, deadline: .now + .seconds(20)) { _ in
                    HTTPClientRequest(method: method, target: path)
                } _: { response in
                    let body = String(buffer: try await response.collect(upTo: 100))
                    return "\(response.status.code) \(body)\(response.trailers.first(name: "x-sum") ?? "")"
                }
                #expect(text == expected)
            }
            #expect(server.accepted.value == 1)
        }
    }

    @Test("reads answers that come byte by byte")
    func byteByByte() async throws {
        try await withHTTP2Client(settings: nil) { peer, _ in
            try await peer.sendByteByByte(.settings([(id: 3, value: 50)]))
            while let request = await peer.request() {
                let stream = request.stream
                try await peer.sendByteByByte(
                    .response(stream, 103), .response(stream, 200, [("content-length", "4")]), .ping(),
                    .data(stream, "o"), .data(stream, ""), .data(stream, "kay"), .headers(stream, [("x", "y")]))
            }
        } _: { client, server in
            for _ in 0..<3 {
                let answer = try await client.post(to: server.target)
                #expect(answer == "200 okay")
            }
            #expect(server.accepted.value == 1)
        }
    }

    @Test("decompresses, within the bound")
    func compression() async throws {
        try await withServer(answer: { _, writer in
            let body = try #require(ContentEncoder(.gzip)).finish(ByteBuffer(repeating: 0x61, count: 100_000))
            try await writer.respond(.ok, headers: ["content-encoding": "gzip"], body: body)
        }) { server, loops in
            var configuration = HTTPClientConfiguration()
            configuration.maximumDecompressedBytes = 150_000
            let client = HTTPClient(configuration: configuration, on: loops)
            let target = HTTPTarget(.loopback(server.port), version: .http2)
            let count = try await client.withResponse(from: target, deadline: .now + .seconds(20)) { _ in
                var request = HTTPClientRequest(method: .GET, target: "/")
                request.acceptsCompression = true
                return request
            } _: { response in
                try await response.collect(upTo: 200_000).readableBytes
            }
            #expect(count == 100_000)
            await client.shutDown()
        }
    }
}
