import HTTPTestClient
import HTTPTransport
import NIOCore
import NIOHTTP1
import Testing

@Suite("Test client", .timeLimit(.minutes(1))) struct HTTPTestClientTests {
    private static let responder = ClosureResponder(
        reception: { $0.path == "/refused" ? .refuse : .collectUpTo(10) }
    ) { request, writer in
        switch request.path {
        case "/stream":
            try writer.start(.ok, headers: ["content-type": "text/event-stream"])
            for count in 0..<3 { try await writer.write(ByteBuffer(string: "data: \(count)\n\n")) }
            try await writer.finish(trailers: ["x-sum": "3"])
        case "/cut":
            try writer.start(.ok)
            try await writer.write(ByteBuffer(string: "part"))
            throw TestFailure("the responder fails")
        default: try await echo(request, writer)
        }
    }

    @Test("asks through the same pipeline with a socket and without", arguments: HTTPTestClient.Transport.allCases)
    func both(transport: HTTPTestClient.Transport) async throws {
        try await HTTPTestClient.with(transport, responder: Self.responder) { client in
            let post = try await client.send(.POST, "/x?y", body: "hello")
            #expect(post.status == .ok && post.body == "POST /x?y hello")
            let chunked = try await client.send(
                .PUT, "/", headers: ["transfer-encoding": "chunked"], body: "3\r\nabc\r\n0\r\n\r\n")
            #expect(chunked.body == "PUT / abc")
            let head = try await client.send(.HEAD, "/")
            #expect(head.headers["content-length"] == ["7"] && head.body.isEmpty)
            let stream = try await client.send(.GET, "/stream")
            #expect(stream.body == "data: 0\n\ndata: 1\n\ndata: 2\n\n" && stream.trailers["x-sum"] == ["3"])
            await #expect(throws: HTTPTestFailure.self) { try await client.send(.GET, "/cut") }
            #expect(try await client.send(.POST, "/", body: "more than ten").status == .payloadTooLarge)
            #expect(try await client.send(.GET, "/", headers: ["host": "a b"]).status == .badRequest)
        }
    }
}
