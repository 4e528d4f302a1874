import NIOCore
import NIOHTTP1
import Testing

@testable import HTTPTransport

@Suite("Compressed answers", .timeLimit(.minutes(1))) struct ResponseCompressionTests {
    private static let text = (0..<4_000).map { "thalamus \($0 * 7_919 % 10_007) " }.joined()

    @Sendable private static func answer(_ request: HTTPRequest, _ writer: HTTPResponseWriter) async throws {
        switch request.path {
        case "/small": try await writer.respond(.ok, headers: json, body: ByteBuffer(string: "small"))
        case "/image":
            try await writer.respond(.ok, headers: ["content-type": "image/png"], body: ByteBuffer(string: text))
        case "/encoded":
            let headers: HTTPHeaders = ["content-type": "application/json", "content-encoding": "gzip"]
            try await writer.respond(.ok, headers: headers, body: ByteBuffer(string: text))
        case "/events", "/lines":
            let type = request.path == "/events" ? "text/event-stream; charset=utf-8" : "application/x-ndjson"
            try writer.start(.ok, headers: ["content-type": type])
            for count in 0..<3 { try await writer.write(ByteBuffer(string: "data: \(count)\n\n")) }
            try await writer.finish()
        default: try await writer.respond(.ok, headers: json, body: ByteBuffer(string: text))
        }
    }

    private static let json: HTTPHeaders = ["content-type": "application/json; charset=utf-8"]

    private func withServer(_ body: (HTTPServer, EventLoops) async throws -> Void) async throws {
        try await HTTPTransportTests.withServer(answer: { try await Self.answer($0, $1) }) { server, loops in
            try await body(server, loops)
        }
    }

    @Test("are whole for a client that takes them in any coding", arguments: ContentCoding.allCases)
    func codings(coding: ContentCoding) async throws {
        try await withServer { server, _ in
            let peer = try await RawHTTP2Peer.connect(to: server.port, settings: [(4, 1 << 20)])
            try await peer.send(.request(1, "GET", "/", [("accept-encoding", coding.rawValue)]))
            let answer = await peer.answer(1)
            let isEncoded = coding != .identity
            #expect(answer.fields["content-encoding"] == (isEncoded ? coding.rawValue : nil))
            #expect(answer.fields["vary"] == "accept-encoding")
            #expect(isEncoded == ((answer.fields["content-length"].flatMap { Int($0) } ?? 0) < Self.text.utf8.count))
        }
    }

    @Test("a strong validator becomes a weak one")
    func validators() async throws {
        for (tag, expected) in [("\"a\"", "W/\"a\""), ("W/\"a\"", "W/\"a\"")] {
            var headers = Self.json
            headers.add(name: "etag", value: tag)
            var streamed = headers
            let compression = ResponseCompression(acceptEncoding: "gzip", minimumBytes: 1, pool: EncoderPool())
            _ = await compression.compress(ByteBuffer(string: Self.text), status: .ok, headers: &headers)
            _ = compression.encoder(status: .ok, headers: &streamed)
            #expect(headers["etag"] == [expected] && streamed["etag"] == [expected])
        }
    }

    @Test("come out of every encoder as they went in, also large ones", arguments: CompressedVectors.codings, [1, 100])
    func whole(coding: ContentCoding, times: Int) async throws {
        let body = ByteBuffer(string: String(repeating: Self.text, count: times))
        let compression = ResponseCompression(acceptEncoding: coding.rawValue, minimumBytes: 1_024, pool: EncoderPool())
        for _ in 0..<2 {
            var headers = Self.json
            let compressed = await compression.compress(body, status: .ok, headers: &headers)
            let decoder = ContentDecoder(coding, maximumBytes: body.readableBytes)
            try decoder.give(#require(compressed))
            var plain = ByteBuffer()
            while let piece = try decoder.next() { plain.writeImmutableBuffer(piece) }
            try decoder.finish()
            #expect(plain == body)
        }
    }

    @Test("are understood by the client")
    func client() async throws {
        try await withServer { server, _ in
            try await withClient { client, _ in
                let answer = try await client.post(to: .loopback(server.port))
                #expect(answer == "200 " + Self.text)
            }
        }
    }

    @Test(
        "leave alone what is small, compressed, no text, or an event stream",
        arguments: ["/small", "/image", "/encoded", "/events"])
    func others(path: String) async throws {
        try await withServer { server, _ in
            let peer = try await RawPeer.connect(to: server.port)
            try await peer.send(
                "GET \(path) HTTP/1.1\r\nhost: x\r\nconnection: close\r\naccept-encoding: gzip, br\r\n\r\n")
            let answer = await peer.receiveAll()
            #expect(answer.contains("content-encoding") == (path == "/encoded"))
            #expect(answer.contains(path == "/small" ? "small" : path == "/events" ? "data: 2\n\n" : Self.text))
        }
    }

    @Test("streamed ones come out piece by piece")
    func streamed() async throws {
        let seen = [Event(), Event(), Event()]
        try await HTTPTransportTests.withServer { _ in
        } answer: { request, writer in
            try writer.start(.ok, headers: ["content-type": "application/x-ndjson"])
            for event in seen {
                try await writer.write(ByteBuffer(string: "{\"line\":1}\n"))
                await event.wait()
            }
            try await writer.finish()
        } _: { server, _ in
            try await withClient { client, _ in
                try await client.withResponse(
                    from: HTTPTarget(.loopback(server.port)), deadline: .now + .seconds(30)
                ) { _ in
                    HTTPClientRequest(method: .GET, target: "/")
                } _: { response in
                    for event in seen {
                        let piece = try await response.next()
                        #expect(piece.map { String(buffer: $0) } == "{\"line\":1}\n")
                        event.happened()
                    }
                    #expect(try await response.next() == nil)
                }
            }
        }
    }

    @Test("HEAD tells what GET would")
    func head() async throws {
        try await withServer { server, _ in
            func head(_ method: String) async throws -> Substring? {
                let peer = try await RawPeer.connect(to: server.port)
                try await peer.send(
                    "\(method) / HTTP/1.1\r\nhost: x\r\nconnection: close\r\naccept-encoding: br\r\n\r\n")
                return await peer.receiveAll().split(separator: "\r\n\r\n", maxSplits: 1).first
            }
            let (get, head) = (try await head("GET"), try await head("HEAD"))
            #expect(get?.contains("content-encoding: br") == true)
            #expect(
                get?.split(separator: "\r\n").filter { !$0.hasPrefix("date") }
                    == head?.split(separator: "\r\n").filter { !$0.hasPrefix("date") })
        }
    }

    @Test(
        "the client's weights decide, then our order",
        arguments: [
            (nil, .identity), ("", .identity), ("gzip", .gzip), ("GZIP", .gzip), ("x-gzip", .gzip),
            ("gzip, br, zstd", .zstd), ("gzip;q=1.0, zstd;q=0.5", .gzip), ("gzip;q=0", .identity),
            ("*", .zstd), ("*;q=0.5, gzip", .gzip), ("zstd;q=0, *", .brotli), ("identity, gzip;q=0.5", .identity),
            ("identity;q=0.2, gzip;q=0.5", .gzip), ("gzip;q=2", .identity), ("gzip;q=0.1234", .identity),
            ("gzip;level=1", .identity), ("compress, snappy", .identity), ("gzip;q=.5", .identity), (",,gzip,", .gzip),
            (String(repeating: "gzip,", count: 1_000), .identity),
        ] as [(String?, ContentCoding)])
    func negotiation(field: String?, coding: ContentCoding) {
        #expect(ContentNegotiation.coding(accepting: field) == coding)
    }
}
