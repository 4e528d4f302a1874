internal import JSON
internal import NIOCore

/// Bodies in OpenAI's own shape, as btauth miners speak it.
enum OpenAIShape {
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

    static func answer(in root: JSONElement) throws(DispatchError) -> CompletionDelta {
        guard let choice = root["choices"]?.elements.first(where: { _ in true }), let message = choice["message"] else {
            throw DispatchError(.malformedAnswer, "The miner's completion has no choice with a message")
        }
        let delta = CompletionDelta(
            content: message["content"]?.string ?? "", toolCalls: toolCalls(in: message),
            finishReason: choice["finish_reason"]?.string.flatMap(CompletionDelta.FinishReason.init) ?? .stop)
        guard delta.hasSubstance else { throw DispatchError(.malformedAnswer, "The miner's completion is empty") }
        return delta
    }

    static func vectors(in root: JSONElement) throws(DispatchError) -> [JSONElement] {
        let entries = Array(root["data"]?.elements ?? root.elements)
        var vectors: [JSONElement?] = Array(repeating: nil, count: entries.count)
        for (position, entry) in entries.enumerated() {
            let index = entry["index"]?.int ?? position
            guard vectors.indices.contains(index), vectors[index] == nil, let vector = entry["embedding"] else {
                throw DispatchError(.malformedAnswer, "The miner's embeddings are not one per input")
            }
            vectors[index] = vector
        }
        return vectors.compactMap { $0 }
    }

    private static func toolCalls(in message: JSONElement) -> ByteBuffer? {
        guard let calls = message["tool_calls"], calls.kind == .array, calls.count > 0 else { return nil }
        return calls.rawBytes
    }

    /// What a stream of chunks has said so far.
    struct StreamState {
        private(set) var finishReason: CompletionDelta.FinishReason?
        private var isDone = false

        /// - Returns: nil for an event that adds nothing: roles, usage, keep-alives, what follows the end.
        mutating func delta(of event: [UInt8]) throws(DispatchError) -> CompletionDelta? {
            if isDone { return nil }
            if event.starts(with: "[DONE]".utf8) {
                isDone = true
                return nil
            }
            let root = try SubnetAdapter.document(ByteBuffer(bytes: event)).root
            if let error = root["error"], !error.isNull {
                throw DispatchError(.malformedAnswer, "The miner's stream brought an error")
            }
            guard let choice = root["choices"]?.elements.first(where: { $0["index"]?.int ?? 0 == 0 }) else {
                return nil
            }
            if let reason = choice["finish_reason"]?.string {
                finishReason = CompletionDelta.FinishReason(rawValue: reason) ?? .stop
            }
            guard let delta = choice["delta"] else { return nil }
            let piece = CompletionDelta(
                content: delta["content"]?.string ?? "", toolCalls: OpenAIShape.toolCalls(in: delta))
            return piece.hasSubstance ? piece : nil
        }
    }
}
