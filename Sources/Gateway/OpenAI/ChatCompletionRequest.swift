internal import JSON
internal import NIOCore
internal import NIOHTTP1

/// OpenAI's wire shapes.
enum OpenAI {
    /// The body of `POST /v1/chat/completions`, checked.
    struct ChatCompletionRequest {
        var model: String
        /// The array's text, as the client wrote it.
        var messages: ByteBuffer
        var promptTokens: Int
        /// Sampling and tool fields that miners are given, byte for byte.
        var parameters: [(name: String, value: ByteBuffer)]
        var maximumTokens: Int?
        var isStream: Bool
        var includesUsage: Bool
    }

    /// Fields passed to miners; everything else of a request stays in the gateway.
    static let passedParameters: Set<String> = [
        "temperature", "top_p", "stop", "seed", "frequency_penalty", "presence_penalty", "logit_bias", "tools",
        "tool_choice", "parallel_tool_calls", "response_format", "reasoning_effort",
    ]

    /// Messages of one request, at most.
    static let maximumMessages = 4_096
    static let maximumTools = 256
    static let roles: Set<String> = ["system", "developer", "user", "assistant", "tool", "function"]

    static func document(_ body: ByteBuffer) throws(OpenAIError) -> JSONElement {
        let document: JSONDocument
        do { document = try JSONDocument(parsing: body) } catch {
            throw OpenAIError(
                .badRequest, .invalidRequest, code: "invalid_json", "The request's body is not valid JSON: \(error).")
        }
        guard document.root.kind == .object else {
            throw OpenAIError(
                .badRequest, .invalidRequest, code: "invalid_json", "The request's body must be a JSON object.")
        }
        return document.root
    }
}

extension OpenAI.ChatCompletionRequest {
    init(_ body: ByteBuffer) throws(OpenAIError) {
        let root = try OpenAI.document(body)
        var fields = Fields()
        for (name, value) in root.members where !value.isNull { fields.read(name, value) }
        model = try OpenAI.requiredText("model", fields.model)
        guard let list = fields.messages else { throw OpenAI.missing("messages") }
        promptTokens = try Self.check(messages: list)
        messages = list.rawBytes
        isStream = try OpenAI.bool("stream", fields.stream) ?? false
        includesUsage = try Self.includesUsage(fields.streamOptions, isStream: isStream)
        maximumTokens = try Self.maximumTokens(fields)
        if let n = fields.n, try OpenAI.int("n", n, in: 1...128) != 1 {
            throw OpenAIError.invalid("n", code: "unsupported_value", "Only `n` = 1 is supported.")
        }
        if try OpenAI.bool("logprobs", fields.logprobs) == true {
            throw OpenAIError.invalid(
                "logprobs", code: "unsupported_parameter", "`logprobs` is not supported by this model.")
        }
        try Self.check(sampling: fields.passed)
        parameters = fields.passed.map { ($0.name, $0.value.rawBytes) }
        for (name, value) in parameters where Self.promptParameters.contains(name) {
            promptTokens += TokenCounter.count(String(buffer: value))
        }
    }

    /// The members this endpoint knows, found in one pass; of duplicates the last counts.
    private struct Fields {
        var model, messages, stream, streamOptions, maxTokens, maxCompletionTokens, n, logprobs: JSONElement?
        var passed: [(name: String, value: JSONElement)] = []

        mutating func read(_ name: String, _ value: JSONElement) {
            switch name {
            case "model": model = value
            case "messages": messages = value
            case "stream": stream = value
            case "stream_options": streamOptions = value
            case "max_tokens": maxTokens = value
            case "max_completion_tokens": maxCompletionTokens = value
            case "n": n = value
            case "logprobs": logprobs = value
            default:
                guard OpenAI.passedParameters.contains(name) else { return }
                passed.removeAll { $0.name == name }
                passed.append((name, value))
            }
        }
    }

    /// Parameters that miners write into the prompt, and that are as long as the client likes.
    private static let promptParameters: Set<String> = ["tools", "response_format"]

    /// Checks roles and contents and counts the prompt's tokens.
    private static func check(messages: JSONElement) throws(OpenAIError) -> Int {
        guard messages.kind == .array else { throw OpenAI.wrongType("messages", "an array", messages) }
        guard (1...OpenAI.maximumMessages).contains(messages.count) else {
            throw OpenAIError.invalid(
                "messages", code: messages.count == 0 ? "empty_array" : "array_above_max_length",
                "`messages` must hold 1 to \(OpenAI.maximumMessages) messages.")
        }
        var tokens = 3
        for (index, message) in messages.elements.enumerated() {
            let path = "messages[\(index)]"
            guard message.kind == .object else { throw OpenAI.wrongType(path, "an object", message) }
            let role = try OpenAI.requiredText("\(path).role", message["role"])
            guard OpenAI.roles.contains(role) else {
                throw OpenAIError.invalid(
                    "\(path).role", code: "invalid_value",
                    "`\(path).role` must be one of \(OpenAI.roles.sorted().joined(separator: ", ")).")
            }
            tokens += 4 + (try contentTokens(message, path: path)) + otherTokens(message)
        }
        return tokens
    }

    private static func contentTokens(_ message: JSONElement, path: String) throws(OpenAIError) -> Int {
        guard let content = message["content"], !content.isNull else {
            guard (message["tool_calls"] ?? message["function_call"]) != nil else {
                throw OpenAI.missing("\(path).content")
            }
            return 0
        }
        if let text = content.string { return TokenCounter.count(text) }
        guard content.kind == .array else { throw OpenAI.wrongType("\(path).content", "a string or an array", content) }
        var tokens = 0
        for (index, part) in content.elements.enumerated() {
            let type = try OpenAI.requiredText("\(path).content[\(index)].type", part["type"])
            guard type == "text" || type == "refusal", let text = part[type]?.string else {
                throw OpenAIError.invalid(
                    "\(path).content[\(index)]", code: "unsupported_value", "Only text parts are supported.")
            }
            tokens += TokenCounter.count(text)
        }
        return tokens
    }

    /// Of everything else in a message that has a length: miners get it as it is, whatever it is called.
    private static func otherTokens(_ message: JSONElement) -> Int {
        message.members.reduce(0) { tokens, member in
            guard member.name != "role", member.name != "content", member.name != "tool_call_id", !member.value.isNull
            else { return tokens }
            return tokens + TokenCounter.count(String(buffer: member.value.rawBytes))
        }
    }

    private static func includesUsage(_ options: JSONElement?, isStream: Bool) throws(OpenAIError) -> Bool {
        guard let options else { return false }
        guard options.kind == .object else { throw OpenAI.wrongType("stream_options", "an object", options) }
        guard isStream else {
            throw OpenAIError.invalid(
                "stream_options", code: "invalid_value", "`stream_options` is only allowed when `stream` is true.")
        }
        return try OpenAI.bool("stream_options.include_usage", options["include_usage"]) ?? false
    }

    private static func maximumTokens(_ fields: Fields) throws(OpenAIError) -> Int? {
        let old = try fields.maxTokens.map { (value) throws(OpenAIError) in
            try OpenAI.int("max_tokens", value, in: 1...Int(Int32.max))
        }
        let new = try fields.maxCompletionTokens.map { (value) throws(OpenAIError) in
            try OpenAI.int("max_completion_tokens", value, in: 1...Int(Int32.max))
        }
        if let old, let new, old != new {
            throw OpenAIError.invalid(
                "max_tokens", code: "invalid_value",
                "`max_tokens` and `max_completion_tokens` differ; send one of them.")
        }
        return new ?? old
    }

    private static func check(sampling: [(name: String, value: JSONElement)]) throws(OpenAIError) {
        for (name, value) in sampling {
            switch name {
            case "temperature": _ = try OpenAI.double(name, value, in: 0...2)
            case "top_p": _ = try OpenAI.double(name, value, in: 0...1)
            case "frequency_penalty", "presence_penalty": _ = try OpenAI.double(name, value, in: -2...2)
            case "seed":
                guard value.int != nil else { throw OpenAI.wrongType(name, "an integer", value) }
            case "stop":
                let texts = value.kind == .array ? Array(value.elements) : [value]
                guard texts.count <= 4, texts.allSatisfy({ $0.kind == .string }) else {
                    throw OpenAI.wrongType(name, "a string or up to 4 strings", value)
                }
            case "tools":
                guard value.kind == .array, value.count <= OpenAI.maximumTools else {
                    throw OpenAI.wrongType(name, "an array of up to \(OpenAI.maximumTools) tools", value)
                }
            case "logit_bias", "response_format":
                guard value.kind == .object else { throw OpenAI.wrongType(name, "an object", value) }
            default: break
            }
        }
    }
}
