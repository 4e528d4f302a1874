internal import NIOCore

/// Turns a miner's streamed bytes into pieces of an answer.
enum ChatStreamDecoder {
    case text(UTF8Assembler)
    case events(EventStreamParser, OpenAIShape.StreamState)

    mutating func decode(_ chunk: ByteBuffer) throws(DispatchError) -> [CompletionDelta] {
        switch self {
        case .text(var assembler):
            let text = assembler.append(chunk)
            self = .text(assembler)
            return text.isEmpty ? [] : [CompletionDelta(content: text)]
        case .events(var parser, var state):
            var deltas: [CompletionDelta] = []
            for event in try parser.parse(chunk) {
                if let delta = try state.delta(of: event) { deltas.append(delta) }
            }
            self = .events(parser, state)
            return deltas
        }
    }

    /// What is left at the end of the body.
    ///
    /// - Throws: ``DispatchError/Code/malformedAnswer`` for an event stream that ended before a finish reason: it was cut.
    mutating func finish() throws(DispatchError) -> CompletionDelta {
        switch self {
        case .text(var assembler): return CompletionDelta(content: assembler.finish(), finishReason: .stop)
        case .events(_, let state):
            guard let reason = state.finishReason else {
                throw DispatchError(.malformedAnswer, "The miner's stream ended before its finish_reason")
            }
            return CompletionDelta(finishReason: reason)
        }
    }
}
