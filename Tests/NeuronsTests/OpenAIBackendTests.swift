import HTTPTransport
import JSON
import Logging
import NIOCore
import NIOHTTP1
import Testing

@testable import Neurons

@Suite("OpenAI-compatible backend") struct OpenAIBackendTests {
    /// A server of models that answers as told and remembers what it was asked.
    private struct Server: HTTPResponder {
        let status: HTTPResponseStatus
        let parts: [String]

        func respond(to request: HTTPRequest, writer: HTTPResponseWriter) async throws {
            let body = try JSONDocument(parsing: request.body).root
            guard request.headers["authorization"] == ["Bearer secret"], body["model"]?.string == "served",
                request.path == "/v1/embeddings" || body["messages"]?.count == 1 && body["stream"]?.bool == true
            else { return try await writer.respond(.badRequest, body: ByteBuffer(string: "unexpected request")) }
            try writer.start(status, headers: ["content-type": "text/event-stream"])
            for part in parts { try await writer.write(ByteBuffer(string: part)) }
            try await writer.finish()
        }
    }

    private func withBackend<R>(
        _ status: HTTPResponseStatus, _ parts: [String], _ body: (OpenAIBackend) async throws -> R
    ) async throws -> R {
        let loops = EventLoops(count: 1)
        let server = try await HTTPServer.start(
            HTTPServerConfiguration(), on: loops, responder: Server(status: status, parts: parts),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let client = HTTPClient(on: loops)
        let backend = try OpenAIBackend(
            url: "http://localhost:\(server.port)/v1/", model: "served", apiKey: "secret", client: client)
        let result: Result<R, any Error>
        do { result = .success(try await body(backend)) } catch { result = .failure(error) }
        await client.shutDown()
        await server.shutDown(grace: .zero)
        await loops.shutdown()
        return try result.get()
    }

    private static let prompt = Result {
        try ModelPrompt(
            try JSONDocument(parsing: #"{"messages":[{"role":"user","content":"hi"}],"max_tokens":5}"#).root)
    }

    private func event(_ text: String) -> String {
        #"data: {"choices":[{"index":0,"delta":{"content":"\#(text)"},"finish_reason":null}]}"# + "\n\n"
    }

    @Test("passes on the pieces of a stream, however it is cut")
    func stream() async throws {
        let end = #"data: {"choices":[{"index":0,"delta":{},"finish_reason":"length"}]}"# + "\n\n"
        let usage = #"data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":9}}"# + "\n\ndata: [DONE]\n\n"
        let text = ": comment\n\n" + event("Hel") + event("lo ä") + end + usage
        for parts in [[text], text.map { String($0) }, [String(text.prefix(100)), String(text.dropFirst(100))]] {
            var pieces: [String] = []
            let ending = try await withBackend(.ok, parts) { backend in
                try await backend.complete(try Self.prompt.get()) { pieces.append($0) }
            }
            #expect(pieces == ["Hel", "lo ä"])
            #expect(ending == ModelEnding(reason: .length, promptTokens: 3, completionTokens: 9))
        }
    }

    @Test(
        "fails with a refusal, a cut stream, an error event or nonsense",
        arguments: [
            (status: 503, parts: ["busy"]), (status: 200, parts: ["data: {}\n\n"]),
            (status: 200, parts: ["data: {\n\n"]),
            (status: 200, parts: [#"data: {"error":{"message":"no memory"}}"# + "\n\n"]), (status: 200, parts: []),
        ])
    func failures(status: Int, parts: [String]) async throws {
        let error = await #expect(throws: NeuronError.self) {
            try await withBackend(HTTPResponseStatus(statusCode: status), parts) { backend in
                try await backend.complete(try Self.prompt.get()) { _ in }
            }
        }
        #expect(error?.code == .modelFailed)
    }

    @Test("reads one vector per input")
    func embeddings() async throws {
        let body = #"{"data":[{"index":0,"embedding":[1,0.5]},{"index":1,"embedding":[0,-2]}]}"#
        try await withBackend(.ok, [body]) { backend in
            let vectors = try await backend.embed(["a", "b"], dimensions: nil)
            #expect(vectors == [[1, 0.5], [0, -2]])
            await #expect(throws: NeuronError.self) { try await backend.embed(["a"], dimensions: nil) }
        }
    }

    @Test(
        "takes http URLs only",
        arguments: [
            "https://localhost/v1", "localhost:8000", "http://", "http://:80", "http://localhost:99999",
            "http://localhost:0",
            "http://no-such-host.invalid/",
        ])
    func refusedURL(url: String) { #expect(throws: NeuronError.self) { try OpenAIBackendURL(url) } }

    @Test(
        "adds /v1 to a URL without a path",
        arguments: [
            (url: "http://127.0.0.1:8000", path: "/v1"), (url: "http://127.0.0.1:8000/", path: "/v1"),
            (url: "http://127.0.0.1/api/v1/", path: "/api/v1"), (url: "http://[::1]:8000/v1", path: "/v1"),
        ])
    func paths(url: String, path: String) throws { #expect(try OpenAIBackendURL(url).path == path) }
}
