internal import JSON
internal import NIOCore

extension OpenAIShape {
    static func body(of completion: CompletionRequest, model: ModelConfiguration, asStream: Bool) -> ByteBuffer {
        var writer = JSONWriter(capacity: completion.messages.readableBytes + 256)
        writer.beginObject()
        writer.member("model", model.minerModel.isEmpty ? completion.model : model.minerModel)
        writer.member("messages", raw: completion.messages)
        for parameter in completion.parameters { writer.member(parameter.name, raw: parameter.value) }
        if completion.hasExplicitMaximum { writer.member("max_tokens", completion.maximumTokens) }
        if asStream { writer.member("stream", true) }
        writer.endObject()
        return writer.buffer
    }

    static func body(of embedding: EmbeddingRequest, model: ModelConfiguration) -> ByteBuffer {
        var writer = JSONWriter(capacity: embedding.input.readableBytes + 128)
        writer.beginObject()
        writer.member("model", model.minerModel.isEmpty ? embedding.model : model.minerModel)
        writer.member("input", raw: embedding.input)
        if let dimensions = embedding.dimensions { writer.member("dimensions", dimensions) }
        writer.member("encoding_format", "float")
        writer.endObject()
        return writer.buffer
    }
}
