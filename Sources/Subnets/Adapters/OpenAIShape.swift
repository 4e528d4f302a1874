internal import JSON
internal import NIOCore

/// OpenAI's own shape, as btauth miners speak it: what their answers say.
enum OpenAIShape {
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
            let root = try JSONDocument(answer: ByteBuffer(bytes: event)).root
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
