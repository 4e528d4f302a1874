public import HTTPTransport
internal import JSON
internal import NIOCore
internal import NIOHTTP1

/// A model that some OpenAI-compatible server runs: vLLM, SGLang, llama.cpp, Ollama and others.
public final class OpenAIBackend: MinerModel {
    private static let maximumAnswerBytes = 64 << 20
    private static let maximumErrorBytes = 16 * 1_024

    private let client: HTTPClient
    private let url: OpenAIBackendURL
    private let model: String
    private let apiKey: String?
    private let timeout: Duration

    /// - Parameters:
    ///   - url: `http://host[:port][/v1]`. The operator names it, so that any address is dialled, private ones too. A
    ///     name is resolved once, here.
    ///   - model: the name the server knows; empty passes the caller's on.
    ///   - timeout: for a whole answer.
    /// - Throws: ``NeuronError`` with code `invalidRequest` for another scheme or a host that is not found.
    public init(
        url: String, model: String = "", apiKey: String? = nil, timeout: Duration = .seconds(600), client: HTTPClient
    ) throws(NeuronError) {
        self.url = try OpenAIBackendURL(url)
        self.client = client
        self.model = model
        self.apiKey = apiKey
        self.timeout = timeout
    }

    public var name: String { model.isEmpty ? "openai" : model }

    public func complete(_ prompt: ModelPrompt, receive: (String) async throws -> Void) async throws -> ModelEnding {
        try await exchange("/chat/completions", body(of: prompt)) { response in
            var events = CompletionEvents()
            while let part = try await response.next() {
                for piece in try events.parse(part) { try await receive(piece) }
            }
            return try events.ending()
        }
    }

    public func embed(_ inputs: [String], dimensions: Int?) async throws -> [[Float]] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("model", name)
        writer.name("input")
        writer.beginArray()
        for input in inputs { writer.string(input) }
        writer.endArray()
        if let dimensions { writer.member("dimensions", dimensions) }
        writer.endObject()
        return try await exchange("/embeddings", writer.buffer) { response in
            let body = try await response.collect(upTo: Self.maximumAnswerBytes)
            let entries = try Self.document(body).root["data"].map { Array($0.elements) } ?? []
            let vectors = entries.map { $0["embedding"]?.elements.compactMap { $0.double.map { Float($0) } } ?? [] }
            guard vectors.count == inputs.count, !vectors.contains(where: \.isEmpty) else {
                throw Self.failed("The server gave no vector per input")
            }
            return vectors
        }
    }

    private func body(of prompt: ModelPrompt) -> ByteBuffer {
        var writer = JSONWriter(capacity: prompt.rawMessages.readableBytes + 256)
        writer.beginObject()
        writer.member("model", model.isEmpty ? prompt.model : model)
        writer.member("messages", raw: prompt.rawMessages)
        if let maximum = prompt.maximumTokens { writer.member("max_tokens", maximum) }
        if let temperature = prompt.temperature { writer.member("temperature", temperature) }
        if let seed = prompt.seed { writer.member("seed", seed) }
        writer.member("stream", true)
        writer.name("stream_options")
        writer.beginObject()
        writer.member("include_usage", true)
        writer.endObject()
        writer.endObject()
        return writer.buffer
    }

    private func exchange<R>(
        _ path: String, _ body: ByteBuffer, _ read: (inout HTTPClientResponse) async throws -> R
    ) async throws -> R {
        var headers: HTTPHeaders = ["host": url.authority, "content-type": "application/json"]
        if let apiKey { headers.add(name: "authorization", value: "Bearer \(apiKey)") }
        let request = HTTPClientRequest(method: .POST, target: url.path + path, headers: headers, body: body)
        do {
            return try await client.withResponse(
                from: url.address, deadline: .now + timeout, makeRequest: { _ in request }
            ) { response in
                guard response.status == .ok else {
                    let text = try? await response.collect(upTo: Self.maximumErrorBytes)
                    throw Self.failed(
                        "The server answered \(response.status.code): "
                            + NeuronError.quoted(text.map { String(buffer: $0) } ?? ""))
                }
                return try await read(&response)
            }
        } catch let error as TransportError where error.source == .upstream {
            throw Self.failed("The server can't be asked: \(error.message)", cause: error)
        }
    }

    static func document(_ body: ByteBuffer) throws(NeuronError) -> JSONDocument {
        do { return try JSONDocument(parsing: body) } catch {
            throw failed("The server's answer is not JSON", cause: error)
        }
    }

    static func failed(_ message: String, cause: (any Error)? = nil) -> NeuronError {
        NeuronError(.modelFailed, source: .gateway, message, cause: cause)
    }
}
