import HTTPTransport
import JSON
import Logging
import NIOCore
import NIOHTTP1
import Signing
import Testing

@testable import Neurons

/// An axon and a dendrite that talk over loopback.
@Suite("Axon and Dendrite") struct AxonTests {
    private struct Pair {
        let dendrite: Dendrite
        let miner: Miner
        let client: HTTPClient

        func ask(_ request: NeuronRequest, _ miner: Miner? = nil) async throws -> String {
            try await dendrite.withAnswer(to: request, from: miner ?? self.miner, deadline: .now + .seconds(60)) {
                String(buffer: try await $0.collect(upTo: 1 << 20))
            }
        }
    }

    private func withPair(
        _ configuration: SampleModel.Configuration = .init(), model: (any MinerModel)? = nil,
        blacklist: @escaping Axon.Blacklist = { _ in nil }, _ body: (Pair) async throws -> Void
    ) async throws {
        let loops = EventLoops(count: 2)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let axon = Axon(
            keyPair: try SR25519KeyPair(uri: "//Bob"), model: model ?? SampleModel(configuration: configuration),
            logger: logger, blacklist: blacklist)
        let server = try await HTTPServer.start(HTTPServerConfiguration(), on: loops, responder: axon, logger: logger)
        let client = HTTPClient(on: loops)
        let dendrite = Dendrite(client: client, signer: try SR25519KeyPair(uri: "//Alice"))
        let miner = try Miner.fixture(port: try #require(UInt16(exactly: server.port)))
        let result: Result<Void, any Error>
        do { result = .success(try await body(Pair(dendrite: dendrite, miner: miner, client: client))) } catch {
            result = .failure(error)
        }
        await client.shutDown()
        await server.shutDown(grace: .zero)
        await loops.shutdown()
        try result.get()
    }

    private static let question = #"[{"role": "user", "content": "What is 17 + 25?"}]"#

    private func synapse(
        _ name: String, _ field: String = "messages", _ value: String = question, hashed: String? = nil
    )
        throws -> NeuronRequest
    {
        try .synapse(
            name, fields: [.init(name: field, value: ByteBuffer(string: value))], required: [field],
            hashed: [hashed ?? field], timeout: .seconds(12))
    }

    @Test("answer a plain synapse with all its fields")
    func plain() async throws {
        try await withPair { pair in
            let answer = try JSONDocument(parsing: try await pair.ask(try synapse("ChatSynapse"))).root
            #expect(answer["completion"]?.string == "42")
            #expect(answer["finish_reason"]?.string == "stop")
            #expect(answer["messages"]?.count == 1)
            #expect(answer["axon"]?["status_code"]?.int == 200)
        }
    }

    @Test("stream raw text under the SDK's headers")
    func stream() async throws {
        try await withPair { pair in
            let request = try synapse("ChatStreamSynapse", "messages", #"[{"role":"user","content":"Repeat: ä b c"}]"#)
            try await pair.dendrite.withAnswer(to: request, from: pair.miner, deadline: .now + .seconds(60)) { answer in
                #expect(answer.headers["content-type"] == ["text/event-stream"])
                #expect(answer.headers["bt_header_axon_status_code"] == ["200"])
                var text = ""
                while let part = try await answer.next() { text += String(buffer: part) }
                #expect(text == "ä b c")
            }
        }
    }

    @Test("embed a list of texts")
    func embed() async throws {
        try await withPair { pair in
            let answer = try JSONDocument(
                parsing: try await pair.ask(try synapse("EmbeddingSynapse", "input", #"["a", "it's"]"#))
            ).root
            #expect(answer["embeddings"]?.count == 2)
        }
    }

    @Test("keep nonces apart for requests in flight together", arguments: ["ChatSynapse", "ChatStreamSynapse"])
    func concurrent(name: String) async throws {
        var configuration = SampleModel.Configuration()
        configuration.latency = .milliseconds(2)
        try await withPair(configuration) { pair in
            let request = try synapse(name)
            try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<100 { group.addTask { try await pair.ask(request) } }
                for try await answer in group { #expect(answer.contains("42")) }
            }
        }
    }

    @Test("speak OpenAI's API under btauth/1, whole and streamed")
    func openAI() async throws {
        try await withPair { pair in
            let whole = NeuronRequest.http(
                path: "/v1/chat/completions", body: ByteBuffer(string: "{\"messages\":\(Self.question)}"))
            let answer = try JSONDocument(parsing: try await pair.ask(whole)).root
            let choice = try #require(answer["choices"]?.elements.first { _ in true })
            #expect(choice["message"]?["content"]?.string == "42")

            let streamed = NeuronRequest.http(
                path: "/v1/chat/completions?a=b",
                body: ByteBuffer(
                    string: #"{"stream":true,"stream_options":{"include_usage":true},"messages":\#(Self.question)}"#))
            var events = CompletionEvents()
            #expect(try events.parse(ByteBuffer(string: try await pair.ask(streamed))) == ["42"])
            #expect(try events.ending() == ModelEnding(reason: .stop, promptTokens: 5, completionTokens: 1))
        }
    }

    @Test("refuse with the SDK's statuses")
    func refusals() async throws {
        try await withPair { pair in
            await expectRefusal(404, "Synapse name 'Nothing' not found") { try await pair.ask(try synapse("Nothing")) }
            let charlie = try Miner.fixture("//Charlie", port: pair.miner.address.port)
            await expectRefusal(401, "Not Verified with error: Signature mismatch") {
                try await pair.ask(try synapse("ChatSynapse"), charlie)
            }
            await expectRefusal(500, "Internal Server Error #") {
                try await pair.ask(try synapse("ChatSynapse", hashed: "other"))
            }
            await expectRefusal(500, "Internal Server Error #") {
                try await pair.ask(try synapse("ChatSynapse", "messages", #""text""#))
            }
            await expectRefusal(401, "request was signed for a different receiving hotkey") {
                try await pair.ask(.http(path: "/v1/chat/completions", body: ByteBuffer()), charlie)
            }
            await expectRefusal(400, "The body is not JSON") {
                try await pair.ask(.http(path: "/v1/chat/completions", body: ByteBuffer()))
            }
            await expectRefusal(404, "nothing") { try await pair.ask(.http(path: "/v1/x", body: ByteBuffer())) }
        }
    }

    @Test("refuse whom the blacklist names, in both dialects")
    func blacklist() async throws {
        let alice = try SR25519KeyPair(uri: "//Alice").accountID
        try await withPair(blacklist: { $0 == alice ? "not registered" : nil }) { pair in
            await expectRefusal(403, "Forbidden. Key is blacklisted: not registered.") {
                try await pair.ask(try synapse("ChatSynapse"))
            }
            await expectRefusal(403, "not registered") {
                try await pair.ask(.http(path: "/v1/chat/completions", body: ByteBuffer()))
            }
        }
    }

    @Test("give a status when the model fails before its first word")
    func failingModel() async throws {
        var configuration = SampleModel.Configuration()
        configuration.failureProbability = 1
        try await withPair(configuration) { pair in
            for name in ["ChatSynapse", "ChatStreamSynapse"] {
                await expectRefusal(500, "Internal Server Error #") { try await pair.ask(try synapse(name)) }
            }
        }
    }

    @Test("accept a signed request once")
    func replay() async throws {
        try await withPair { pair in
            let uuid = "5ecbd69c-1cec-11ee-b0dc-e29ce36fec1a"
            let synapse = pair.dendrite.signed(
                try synapse("ChatSynapse"), for: pair.miner, nonce: UnixTime.nanoseconds(), uuid: uuid)
            let http = pair.dendrite.signed(
                .http(path: "/v1/models", body: ByteBuffer()), for: pair.miner, nonce: UnixTime.nanoseconds(), uuid: "")
            for (request, first) in [(synapse, 200), (http, 404)] {
                for status in [first, 401] {
                    let answered = try await pair.client.withResponse(
                        from: pair.miner.address, deadline: .now + .seconds(60), makeRequest: { _ in request }
                    ) { Int($0.status.code) }
                    #expect(answered == status)
                }
            }
        }
    }

    private func expectRefusal(_ status: Int, _ message: String, _ ask: () async throws -> String) async {
        let error = await #expect(throws: NeuronError.self) { try await ask() }
        #expect(error?.code == .refused)
        #expect(error?.status == status)
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    }
}
