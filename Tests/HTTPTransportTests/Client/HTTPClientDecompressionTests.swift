import NIOCore
import NIOHTTP1
import Testing

@testable import HTTPTransport

@Suite("HTTP client's decompression") struct HTTPClientDecompressionTests {
    /// What the client makes of a body that a server says is coded.
    private func body(
        _ bytes: ByteBuffer, says coding: String, asks: Bool = true, limit: Int = 1 << 20
    ) async throws -> ByteBuffer {
        let server = try await ScriptedServer.start { peer, _ in
            _ = await peer.receive(until: "\r\n\r\n")
            var answer = ByteBuffer(
                string:
                    "HTTP/1.1 200 OK\r\ncontent-encoding: \(coding)\r\ncontent-length: \(bytes.readableBytes)\r\n\r\n")
            answer.writeImmutableBuffer(bytes)
            try await peer.send(Array(answer.readableBytesView))
        }
        let loops = EventLoops(count: 1)
        var configuration = HTTPClientConfiguration()
        configuration.maximumDecompressedBytes = limit
        let client = HTTPClient(configuration: configuration, on: loops)
        let result: Result<ByteBuffer, any Error>
        do {
            var request = HTTPClientRequest(method: .GET, target: "/")
            request.acceptsCompression = asks
            let made = request
            result = .success(
                try await client.withResponse(from: server.address, deadline: .now + .seconds(20)) { _ in
                    made
                } _: { response in
                    try await response.collect(upTo: 16 << 20)
                })
        } catch {
            result = .failure(error)
        }
        await client.shutDown()
        await server.stop()
        await loops.shutdown()
        return try result.get()
    }

    private func code(_ work: () async throws -> ByteBuffer) async -> TransportError.Code? {
        do {
            _ = try await work()
            return nil
        } catch {
            return (error as? TransportError)?.code
        }
    }

    private func compressed(_ coding: ContentCoding, _ plain: ByteBuffer) throws -> ByteBuffer {
        try #require(ContentEncoder(coding)).finish(plain)
    }

    @Test("gives the body as it was", arguments: [ContentCoding.gzip, .deflate, .brotli, .zstd])
    func whole(coding: ContentCoding) async throws {
        let plain = ByteBuffer(string: String(repeating: "Bittensor ", count: 20_000))
        let bytes = try compressed(coding, plain)
        #expect(try await body(bytes, says: coding.rawValue) == plain)
        // Nobody asked: it is passed on as it came.
        #expect(try await body(bytes, says: coding.rawValue, asks: false) == bytes)
    }

    @Test("stops a bomb at its bound", arguments: [ContentCoding.gzip, .deflate, .brotli, .zstd])
    func bomb(coding: ContentCoding) async throws {
        let bytes = try compressed(coding, ByteBuffer(repeating: 0, count: 8 << 20))
        #expect(bytes.readableBytes < 64 << 10)
        #expect(await code { try await body(bytes, says: coding.rawValue) } == .responseTooLarge)
    }

    @Test("refuses what is coded otherwise than it says")
    func malformed() async throws {
        let plain = ByteBuffer(string: String(repeating: "Bittensor ", count: 200))
        let bytes = try compressed(.gzip, plain)
        var trailing = bytes
        trailing.writeString("garbage")
        let cut = try #require(bytes.getSlice(at: bytes.readerIndex, length: bytes.readableBytes - 4))
        for (bytes, coding) in [
            (trailing, "gzip"), (cut, "gzip"), (plain, "gzip"), (bytes, "br"), (bytes, "rot13"), (bytes, "gzip, gzip"),
        ] {
            #expect(await code { try await body(bytes, says: coding) } == .malformedResponse, "\(coding)")
        }
    }
}
