import NIOCore
import NIOHTTP1
import Testing

@testable import Gateway

@Suite("Chat completion requests") struct ChatCompletionRequestTests {
    private func error(_ body: String) -> OpenAIError? {
        do throws(OpenAIError) {
            _ = try OpenAI.ChatCompletionRequest(ByteBuffer(string: body))
            return nil
        } catch {
            return error
        }
    }

    @Test("passes messages and sampling fields on byte for byte") func passesBytes() throws {
        let body =
            #"{"model":"m","messages":[ {"role":"user","content":"h\u00e9"} ],"temperature":0.50,"user":"u","x":1}"#
        let request = try OpenAI.ChatCompletionRequest(ByteBuffer(string: body))
        #expect(String(buffer: request.messages) == #"[ {"role":"user","content":"h\u00e9"} ]"#)
        #expect(request.parameters.map(\.name) == ["temperature"])
        #expect(String(buffer: request.parameters[0].value) == "0.50")
    }

    @Test(
        "counts all that miners read as prompt, wherever it is written",
        arguments: [
            #"{"role":"user","content":"Hi","name":"WORDS"}"#,
            #"{"role":"assistant","content":"","tool_calls":[{"function":{"arguments":"WORDS"}}]}"#,
            #"{"role":"assistant","content":null,"tool_calls":[{"function":{"arguments":"WORDS"}}]}"#,
            #"{"role":"assistant","content":"Hi","function_call":{"arguments":"WORDS"}}"#,
            #"{"role":"assistant","content":"Hi","reasoning_content":"WORDS"}"#,
        ])
    func countsPrompts(message: String) throws {
        func tokens(_ words: Int) throws -> Int {
            let text = message.replacing("WORDS", with: Array(repeating: "word", count: words).joined(separator: " "))
            let body = #"{"model":"m","messages":[\#(text)]}"#
            return try OpenAI.ChatCompletionRequest(ByteBuffer(string: body)).promptTokens
        }
        #expect(try tokens(1_001) == tokens(1) + 1_000)
    }

    @Test("counts tools and the answer's schema", arguments: ["tools", "response_format"])
    func countsParameters(name: String) throws {
        func tokens(_ words: Int) throws -> Int {
            let text = Array(repeating: "word", count: words).joined(separator: " ")
            let value = name == "tools" ? #"[{"description":"\#(text)"}]"# : #"{"description":"\#(text)"}"#
            let body = #"{"model":"m","messages":[{"role":"user","content":"x"}],"\#(name)":\#(value)}"#
            return try OpenAI.ChatCompletionRequest(ByteBuffer(string: body)).promptTokens
        }
        #expect(try tokens(1_001) == tokens(1) + 1_000)
    }

    @Test(
        "names the field at fault",
        arguments: [
            (#"{"messages":[]}"#, "model", "missing_required_parameter"),
            (#"{"model":1,"messages":[]}"#, "model", "invalid_type"),
            (#"{"model":"m"}"#, "messages", "missing_required_parameter"),
            (#"{"model":"m","messages":[]}"#, "messages", "empty_array"),
            (#"{"model":"m","messages":{}}"#, "messages", "invalid_type"),
            (#"{"model":"m","messages":[1]}"#, "messages[0]", "invalid_type"),
            (#"{"model":"m","messages":[{"content":"x"}]}"#, "messages[0].role", "missing_required_parameter"),
            (#"{"model":"m","messages":[{"role":"king","content":"x"}]}"#, "messages[0].role", "invalid_value"),
            (#"{"model":"m","messages":[{"role":"user"}]}"#, "messages[0].content", "missing_required_parameter"),
            (
                #"{"model":"m","messages":[{"role":"user","content":"x"}],"temperature":"hot"}"#, "temperature",
                "invalid_type"
            ),
            (
                #"{"model":"m","messages":[{"role":"user","content":"x"}],"temperature":3}"#, "temperature",
                "invalid_value"
            ),
            (
                #"{"model":"m","messages":[{"role":"user","content":"x"}],"max_tokens":-1}"#, "max_tokens",
                "invalid_value"
            ),
            (
                #"{"model":"m","messages":[{"role":"user","content":"x"}],"max_tokens":1e400}"#, "max_tokens",
                "invalid_type"
            ),
            (#"{"model":"m","messages":[{"role":"user","content":"x"}],"n":1000000000}"#, "n", "invalid_value"),
            (#"{"model":"m","messages":[{"role":"user","content":"x"}],"stream":"yes"}"#, "stream", "invalid_type"),
            (
                #"{"model":"m","messages":[{"role":"user","content":"x"}],"stream_options":{}}"#, "stream_options",
                "invalid_value"
            ),
        ])
    func faults(body: String, param: String, code: String) {
        let found = error(body)
        #expect(found?.param == param)
        #expect(found?.code == code)
        #expect(found?.status == .badRequest)
    }

    @Test("calls a body that is not JSON so", arguments: ["", "{", "[]", "null", #"{"model":"m"}}"#])
    func notJSON(body: String) {
        #expect(error(body)?.code == "invalid_json")
    }

    @Test("takes either name of the token limit, but not two that differ") func limits() throws {
        let head = #"{"model":"m","messages":[{"role":"user","content":"x"}],"#
        #expect(
            try OpenAI.ChatCompletionRequest(ByteBuffer(string: head + #""max_completion_tokens":5}"#)).maximumTokens
                == 5)
        #expect(error(head + #""max_tokens":4,"max_completion_tokens":5}"#)?.param == "max_tokens")
    }
}
