import NIOCore
import NIOHTTP1
import Testing

@testable import HTTPTransport

@Suite("Compressed requests", .timeLimit(.minutes(1))) struct RequestDecompressionTests {
    private static let text = String(repeating: "thalamus ", count: 1_000)

    private static func compressed(_ coding: ContentCoding, _ text: String = text) throws -> [UInt8] {
        Array(buffer: try #require(ContentEncoder(coding)).finish(ByteBuffer(string: text)))
    }

    private static func head(_ path: String, _ coding: String, length: Int) -> [UInt8] {
        Array(
            "POST \(path) HTTP/1.1\r\nhost: x\r\ncontent-encoding: \(coding)\r\ncontent-length: \(length)\r\n\r\n".utf8)
    }

    /// Tells the body's length and the fields that described it.
    @Sendable private static func tell(_ request: HTTPRequest, _ writer: HTTPResponseWriter) async throws {
        var body = request.body
        while let piece = try await request.bodyStream?.next() { body.writeImmutableBuffer(piece) }
        let isWhole = String(buffer: body) == Self.text
        let fields = request.headers.filter { $0.name.hasPrefix("content-") }.map(\.name)
        try await writer.respond(.ok, body: ByteBuffer(string: "\(isWhole) \(fields)."))
    }

    private func withServer(limit: Int = 100_000, _ body: (HTTPServer) async throws -> Void) async throws {
        try await HTTPTransportTests.withServer {
            $0.maximumBodyBytes = limit
        } reception: {
            $0.path == "/stream" ? .stream(upTo: limit) : .collect
        } answer: { request, writer in
            try await Self.tell(request, writer)
        } _: { server, _ in
            try await body(server)
        }
    }

    @Test(
        "arrive decompressed, collected and streamed, whole and a byte at a time",
        arguments: CompressedVectors.codings, ["/", "/stream"])
    func codings(coding: ContentCoding, path: String) async throws {
        try await withServer { server in
            let peer = try await RawPeer.connect(to: server.port)
            let bytes = try Self.compressed(coding)
            let request = Self.head(path, coding.rawValue, length: bytes.count) + bytes
            try await peer.send(request)
            #expect(await peer.receive(until: ".")?.hasSuffix("true [].") == true)
            for byte in request { try await peer.send([byte]) }
            #expect(await peer.receive(until: ".")?.hasSuffix("true [].") == true)
        }
    }

    @Test("may be of identity, which keeps the length", arguments: ["/", "/stream"])
    func identity(path: String) async throws {
        try await withServer { server in
            let peer = try await RawPeer.connect(to: server.port)
            try await peer.send(Self.head(path, "identity", length: Self.text.utf8.count) + Array(Self.text.utf8))
            #expect(await peer.receive(until: ".")?.hasSuffix("true [\"content-length\"].") == true)
        }
    }

    @Test(
        "are refused when they are bombs, damaged, cut short, followed by more, of another coding or of several",
        arguments: ["/", "/stream"])
    func refused(path: String) async throws {
        let whole = try Self.compressed(.gzip)
        var damaged = whole
        damaged[damaged.count - 5] ^= 0xff
        let bomb = try Self.compressed(.gzip, String(repeating: "a", count: 10_000_000))
        let cases: [(coding: String, bytes: [UInt8], status: Int)] = [
            ("gzip", bomb, 413), ("gzip", damaged, 400), ("gzip", Array(whole.dropLast()), 400),
            ("gzip", whole + [0], 400), ("gzip", Array(Self.text.utf8), 400), ("gzip", [], 400),
            ("compress", whole, 415), ("gzip, gzip", whole, 415), ("br", whole, 400), ("zstd", whole, 400),
        ]
        try await withServer { server in
            for (coding, bytes, status) in cases {
                let peer = try await RawPeer.connect(to: server.port)
                try? await peer.send(Self.head(path, coding, length: bytes.count) + bytes)
                let answer = await peer.receive(until: "\r\n\r\n") ?? ""
                #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(coding) \(bytes.count): \(answer)")
                #expect(answer.contains("accept-encoding: zstd, br, gzip, deflate\r\n") == (status == 415))
                await peer.close()
            }
        }
    }

    @Test(
        "over HTTP/2 arrive decompressed, whole and a byte at a time", arguments: CompressedVectors.codings,
        ["/", "/stream"])
    func http2(coding: ContentCoding, path: String) async throws {
        try await withServer { server in
            let peer = try await RawHTTP2Peer.connect(to: server.port)
            let bytes = try Self.compressed(coding)
            let fields = [("content-encoding", coding.rawValue), ("content-length", "\(bytes.count)")]
            try await peer.send(.request(1, "POST", path, fields, ends: false), .data(1, bytes, ends: true))
            #expect(await peer.answer(1).body == "true [].")
            try await peer.send(.request(3, "POST", path, fields, ends: false))
            for (index, byte) in bytes.enumerated() {
                try await peer.send(.data(3, [byte], ends: index == bytes.count - 1))
            }
            #expect(await peer.answer(3).body == "true [].")
        }
    }

    @Test("over HTTP/2 are refused for the same faults", arguments: ["/", "/stream"])
    func refusedOverHTTP2(path: String) async throws {
        let whole = try Self.compressed(.gzip)
        let bomb = try Self.compressed(.gzip, String(repeating: "a", count: 1_000_000))
        let cases: [(coding: String, bytes: [UInt8], status: String)] = [
            ("gzip", bomb, "413"), ("gzip", Array(whole.dropLast()), "400"), ("gzip", whole + [0], "400"),
            ("compress", whole, "415"), ("gzip, gzip", whole, "415"), ("zstd", whole, "400"),
        ]
        try await withServer { server in
            let peer = try await RawHTTP2Peer.connect(to: server.port)
            for (index, (coding, bytes, status)) in cases.enumerated() {
                let stream = UInt32(2 * index + 1)
                try await peer.send(.request(stream, "POST", path, [("content-encoding", coding)], ends: false))
                try await peer.send(.data(stream, bytes, ends: true))
                let answer = await peer.answer(stream)
                #expect(answer.status == status, "\(coding) \(bytes.count): \(answer)")
                #expect((answer.fields["accept-encoding"] != nil) == (status == "415"))
            }
        }
    }
}
