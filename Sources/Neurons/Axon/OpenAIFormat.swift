internal import JSON
internal import NIOCore

/// The bodies and events of OpenAI's API, for one answer.
struct OpenAIFormat {
    private let id = "chatcmpl-" + AxonIdentity.randomID().filter { $0 != "-" }
    private let created = Int(UnixTime.nanoseconds() / 1_000_000_000)
    private let model: String
    private var isFirst = true

    init(model: String) { self.model = model }

    func completion(_ text: String, _ ending: ModelEnding) -> ByteBuffer {
        var writer = begin("chat.completion")
        writer.name("choices")
        writer.beginArray()
        writer.beginObject()
        writer.member("index", 0)
        writer.name("message")
        writer.beginObject()
        writer.member("role", "assistant")
        writer.member("content", text)
        writer.endObject()
        writer.name("logprobs")
        writer.null()
        writer.member("finish_reason", ending.reason.rawValue)
        writer.endObject()
        writer.endArray()
        usage(&writer, ending)
        writer.endObject()
        return writer.buffer
    }

    /// One event; the first one says the role too.
    mutating func chunk(_ piece: String) -> ByteBuffer {
        let role = isFirst ? "assistant" : nil
        isFirst = false
        var writer = beginEvent()
        choice(&writer, role: role, content: piece, finishReason: nil)
        return end(writer)
    }

    /// The last events: finish reason, usage if asked for, `[DONE]`.
    func end(_ ending: ModelEnding, includesUsage: Bool) -> ByteBuffer {
        var writer = beginEvent()
        choice(&writer, role: isFirst ? "assistant" : nil, content: nil, finishReason: ending.reason.rawValue)
        var events = end(writer)
        if includesUsage {
            writer = beginEvent()
            writer.name("choices")
            writer.beginArray()
            writer.endArray()
            usage(&writer, ending)
            events.writeImmutableBuffer(end(writer))
        }
        events.writeString("data: [DONE]\n\n")
        return events
    }

    func embeddings(_ vectors: [[Float]], tokens: Int) -> ByteBuffer {
        var writer = JSONWriter(capacity: vectors.reduce(256) { $0 + $1.count * 14 })
        writer.beginObject()
        writer.member("object", "list")
        writer.name("data")
        writer.beginArray()
        for (index, vector) in vectors.enumerated() {
            writer.beginObject()
            writer.member("object", "embedding")
            writer.member("index", index)
            writer.name("embedding")
            writer.vector(vector)
            writer.endObject()
        }
        writer.endArray()
        writer.member("model", model)
        writer.name("usage")
        writer.beginObject()
        writer.member("prompt_tokens", tokens)
        writer.member("total_tokens", tokens)
        writer.endObject()
        writer.endObject()
        return writer.buffer
    }

    func modelList() -> ByteBuffer {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("object", "list")
        writer.name("data")
        writer.beginArray()
        writer.beginObject()
        writer.member("id", model)
        writer.member("object", "model")
        writer.member("created", created)
        writer.member("owned_by", "miner")
        writer.endObject()
        writer.endArray()
        writer.endObject()
        return writer.buffer
    }

    private func begin(_ kind: String, in buffer: ByteBuffer = ByteBuffer()) -> JSONWriter {
        var writer = JSONWriter(appendingTo: buffer)
        writer.beginObject()
        writer.member("id", id)
        writer.member("object", kind)
        writer.member("created", created)
        writer.member("model", model)
        return writer
    }

    private func beginEvent() -> JSONWriter { begin("chat.completion.chunk", in: ByteBuffer(string: "data: ")) }

    private func end(_ event: JSONWriter) -> ByteBuffer {
        var event = event
        event.endObject()
        var buffer = event.buffer
        buffer.writeString("\n\n")
        return buffer
    }

    private func choice(_ writer: inout JSONWriter, role: String?, content: String?, finishReason: String?) {
        writer.name("choices")
        writer.beginArray()
        writer.beginObject()
        writer.member("index", 0)
        writer.name("delta")
        writer.beginObject()
        if let role { writer.member("role", role) }
        if let content { writer.member("content", content) }
        writer.endObject()
        writer.name("logprobs")
        writer.null()
        writer.member("finish_reason", optional: finishReason)
        writer.endObject()
        writer.endArray()
    }

    private func usage(_ writer: inout JSONWriter, _ ending: ModelEnding) {
        writer.name("usage")
        writer.beginObject()
        writer.member("prompt_tokens", ending.promptTokens)
        writer.member("completion_tokens", ending.completionTokens)
        writer.member("total_tokens", ending.promptTokens.addingReportingOverflow(ending.completionTokens).partialValue)
        writer.endObject()
    }
}
