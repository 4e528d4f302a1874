internal import JSON
internal import NIOCore
internal import Subnets

/// Writes a completion in OpenAI's shape: as one object, or as the chunks of a stream.
struct CompletionBody: Sendable {
    let id: String
    let created: Int64
    let model: String
    /// Chunks before the last carry `"usage":null` exactly when the client asked for usage.
    let includesUsage: Bool

    init(requestID: String, model: String, includesUsage: Bool = false) {
        id = "chatcmpl-" + requestID.dropFirst(4)
        created = Bill.unixMilliseconds() / 1_000
        self.model = model
        self.includesUsage = includesUsage
    }

    func whole(_ answer: CompletionDelta, promptTokens: Int, completionTokens: Int) -> ByteBuffer {
        var writer = JSONWriter(capacity: answer.content.utf8.count + 512)
        begin("chat.completion", &writer)
        writer.name("choices")
        writer.beginArray()
        writer.beginObject()
        writer.member("index", 0)
        writer.name("message")
        writer.beginObject()
        writer.member("role", "assistant")
        writer.member("content", optional: answer.content.isEmpty && answer.toolCalls != nil ? nil : answer.content)
        writer.member("refusal", null: ())
        if let calls = answer.toolCalls { writer.member("tool_calls", raw: calls) }
        writer.endObject()
        endChoice(answer.finishReason ?? .stop, &writer)
        writer.endArray()
        writer.name("usage")
        usage(promptTokens, completionTokens, &writer)
        writer.endObject()
        return writer.buffer
    }

    /// One event with a piece of the answer, an end, or both.
    func chunk(_ delta: CompletionDelta, isFirst: Bool = false, end: CompletionDelta.FinishReason? = nil) -> ByteBuffer
    {
        event { writer in
            begin("chat.completion.chunk", &writer)
            writer.name("choices")
            writer.beginArray()
            writer.beginObject()
            writer.member("index", 0)
            writer.name("delta")
            writer.beginObject()
            if isFirst { writer.member("role", "assistant") }
            if isFirst || !delta.content.isEmpty { writer.member("content", delta.content) }
            if let calls = delta.toolCalls { writer.member("tool_calls", raw: calls) }
            writer.endObject()
            endChoice(end, &writer)
            writer.endArray()
            if includesUsage { writer.member("usage", null: ()) }
            writer.endObject()
        }
    }

    /// The event that tells usage: no choices, once, before the end.
    func usageChunk(promptTokens: Int, completionTokens: Int) -> ByteBuffer {
        event { writer in
            begin("chat.completion.chunk", &writer)
            writer.name("choices")
            writer.beginArray()
            writer.endArray()
            writer.name("usage")
            usage(promptTokens, completionTokens, &writer)
            writer.endObject()
        }
    }

    static func errorEvent(_ error: OpenAIError) -> ByteBuffer {
        var writer = JSONWriter(appendingTo: ByteBuffer(string: "data: "))
        error.write(to: &writer)
        var buffer = writer.buffer
        buffer.writeStaticString("\n\n")
        return buffer
    }

    private func event(_ write: (inout JSONWriter) -> Void) -> ByteBuffer {
        var prefix = ByteBuffer()
        prefix.reserveCapacity(320)
        prefix.writeStaticString("data: ")
        var writer = JSONWriter(appendingTo: prefix)
        write(&writer)
        var buffer = writer.buffer
        buffer.writeStaticString("\n\n")
        return buffer
    }

    private func begin(_ object: String, _ writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("id", id)
        writer.member("object", object)
        writer.member("created", created)
        writer.member("model", model)
        writer.member("system_fingerprint", null: ())
    }

    private func endChoice(_ reason: CompletionDelta.FinishReason?, _ writer: inout JSONWriter) {
        writer.member("logprobs", null: ())
        writer.member("finish_reason", optional: reason?.rawValue)
        writer.endObject()
    }

    private func usage(_ prompt: Int, _ completion: Int, _ writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("prompt_tokens", prompt)
        writer.member("completion_tokens", completion)
        writer.member("total_tokens", prompt + completion)
        writer.endObject()
    }
}
