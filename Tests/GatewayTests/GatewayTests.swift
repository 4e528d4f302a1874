import JSON
import Metering
import NIOCore
import NIOHTTP1
import Neurons
import Testing

@testable import Gateway

@Suite("Gateway", .timeLimit(.minutes(1))) struct GatewayTests {
    private func question(_ text: String, _ more: String = "") -> String {
        #"{"model":"m","messages":[{"role":"user","content":"\#(text)"}]\#(more)}"#
    }

    @Test("answers, and bills what it told the client") func plain() async throws {
        try await TestGateway.with { gateway in
            let answer = try await gateway.ask(question("What is 17 + 25?"))
            #expect(answer.status == 200)
            let choice = try #require(try answer.json["choices"]?.elements.first { _ in true })
            #expect(choice["message"]?["content"]?.string?.contains("42") == true)
            #expect(choice["finish_reason"]?.string == "stop")
            #expect(answer.headers.first(name: "x-bt-miner-uid") == "1")
            let usage = try answer.json["usage"]
            let entry = try #require(try await gateway.entries(1).first)
            #expect(entry.requestID == answer.headers.first(name: "x-request-id"))
            #expect(entry.promptTokens == usage?["prompt_tokens"]?.int)
            #expect(entry.completionTokens == usage?["completion_tokens"]?.int)
            #expect(
                entry.price
                    == TestGateway.price.cost(
                        promptTokens: entry.promptTokens, completionTokens: entry.completionTokens))
        }
    }

    @Test("streams events that end with usage and [DONE], and bills the same") func stream() async throws {
        try await TestGateway.with { gateway in
            let answer = try await gateway.ask(
                question(
                    "Tell me about miners.", #","stream":true,"stream_options":{"include_usage":true},"max_tokens":9"#))
            #expect(answer.headers.first(name: "content-type") == "text/event-stream; charset=utf-8")
            let events = String(buffer: answer.body).split(separator: "\n\n").map { $0.dropFirst("data: ".count) }
            #expect(events.last == "[DONE]")
            let chunks = try events.dropLast().map { try JSONDocument(parsing: String($0)).root }
            #expect(Set(chunks.map { $0["id"]?.string }).count == 1)
            #expect(chunks.filter { $0["usage"]?.kind == .object }.count == 1)
            let usage = try #require(chunks.last)
            #expect(usage["choices"]?.count == 0)
            let entry = try #require(try await gateway.entries(1).first)
            #expect(entry.isStream && entry.completionTokens == usage["usage"]?["completion_tokens"]?.int)
            #expect((1...9).contains(entry.completionTokens))
        }
    }

    @Test("bills a client that leaves for what was streamed") func leaves() async throws {
        var slow = SampleModel.Configuration()
        slow.tokenDelay = .milliseconds(20)
        try await TestGateway.with(model: slow) { gateway in
            try await gateway.beginAndLeave(question("Tell me about markets.", #","stream":true,"max_tokens":500"#))
            let entry = try #require(try await gateway.entries(1).first)
            #expect(entry.status == 499)
            #expect(entry.completionTokens >= 1 && entry.completionTokens < 500)
        }
    }

    @Test(
        "refuses with OpenAI's envelope, and charges nothing",
        arguments: [
            ("sk-wrong-key-000", #"{"model":"m","messages":[{"role":"user","content":"x"}]}"#, 401, "invalid_api_key"),
            (nil, #"{"model":"x","messages":[{"role":"user","content":"x"}]}"#, 404, "model_not_found"),
            (nil, "{", 400, "invalid_json"),
            (nil, #"{"model":"m"}"#, 400, "missing_required_parameter"),
        ] as [(String?, String, Int, String)])
    func refusals(key: String?, body: String, status: Int, code: String) async throws {
        try await TestGateway.with { gateway in
            let answer = try await gateway.ask(body, key: key)
            #expect(answer.status == status)
            #expect(try answer.json["error"]?["code"]?.string == code)
            #expect(answer.headers.first(name: "x-request-id")?.hasPrefix("req_") == true)
            #expect(try await gateway.administration.entries(UsageQuery()).isEmpty)
        }
    }

    @Test("says when to come back to a key over its limit") func limit() async throws {
        try await TestGateway.with(limits: [.requestsPerMinute: 1]) { gateway in
            var answers: [TestGateway.Answer] = []
            // The second may fall into the next minute, the third into none but a full one.
            for _ in 0..<3 { answers.append(try await gateway.ask(question("What is 1 + 1?"))) }
            let refused = try #require(answers.last { $0.status == 429 })
            #expect(try refused.json["error"]?["type"]?.string == "requests")
            let wait = try #require(refused.headers.first(name: "retry-after").flatMap { Int($0) })
            #expect((1...60).contains(wait))
        }
    }

    @Test(
        "answers requests without a route, and says what is allowed",
        arguments: [
            (.GET, "/v1/nothing", 404, "unknown_url", nil),
            (.GET, "/v1/v1/models", 404, "unknown_url", nil),
            (.DELETE, "/v1/chat/completions", 405, "method_not_allowed", "OPTIONS, POST"),
            (.POST, "/v1/models", 405, "method_not_allowed", "GET, HEAD, OPTIONS"),
            (.GET, "/v1/models/%ff", 400, "invalid_url", nil),
        ] as [(HTTPMethod, String, Int, String, String?)])
    func noRoute(method: HTTPMethod, target: String, status: Int, code: String, allow: String?) async throws {
        try await TestGateway.with { gateway in
            let answer = try await gateway.send(method, target)
            #expect(answer.status == status)
            #expect(try answer.json["error"]?["code"]?.string == code)
            #expect(answer.headers.first(name: "allow") == allow)
            #expect(answer.headers.first(name: "x-request-id")?.hasPrefix("req_") == true)
        }
    }

    @Test("serves models, health and OPTIONS") func otherRoutes() async throws {
        try await TestGateway.with { gateway in
            let key: HTTPHeaders = ["authorization": "Bearer \(gateway.secret)"]
            #expect(try await gateway.send(.GET, "/v1/models", headers: key).json["data"]?.count == 1)
            #expect(try await gateway.send(.GET, "/v1/models/", headers: key).status == 200)
            #expect(try await gateway.send(.GET, "/v1/models/m", headers: key).json["id"]?.string == "m")
            let unknown = try await gateway.send(.GET, "/v1/models/openai/gpt-4o", headers: key)
            #expect(try unknown.json["error"]?["code"]?.string == "model_not_found")
            for path in ["/", "/health", "/ready"] { #expect(try await gateway.send(.GET, path).status == 200) }
            let options = try await gateway.send(.OPTIONS, "/v1/embeddings")
            #expect(options.status == 204)
            #expect(options.headers.first(name: "allow") == "OPTIONS, POST")
            #expect(options.headers.first(name: "x-request-id") != nil)
        }
    }

    @Test("shows a key the models it may use, and no others") func scopedModels() async throws {
        try await TestGateway.with { gateway in
            let key: HTTPHeaders = ["authorization": "Bearer \(gateway.secret)"]
            let id = try #require(try await gateway.administration.list().first).key.id
            var change = Administration.KeyChange()
            change.models = ["other*"]
            _ = try await gateway.administration.update(id, change)
            while try await gateway.send(.GET, "/v1/models", headers: key).json["data"]?.count != 0 {
                try await Task.sleep(for: .milliseconds(10))
            }
            let hidden = try await gateway.send(.GET, "/v1/models/m", headers: key)
            let unknown = try await gateway.send(.GET, "/v1/models/n", headers: key)
            #expect(hidden.status == 404 && unknown.status == 404)
            #expect(try hidden.json["error"]?["code"]?.string == unknown.json["error"]?["code"]?.string)
        }
    }
}
