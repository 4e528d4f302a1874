public import NIOCore

/// A piece of an answer: what one streamed chunk adds, or a whole plain answer.
public struct CompletionDelta: Sendable {
    public enum FinishReason: String, Sendable {
        case stop, length
        case contentFilter = "content_filter"
        case toolCalls = "tool_calls"
    }

    public var content: String
    /// JSON array of the tool calls of this piece, as the miner wrote it.
    public var toolCalls: ByteBuffer?
    public var finishReason: FinishReason?

    public init(content: String = "", toolCalls: ByteBuffer? = nil, finishReason: FinishReason? = nil) {
        self.content = content
        self.toolCalls = toolCalls
        self.finishReason = finishReason
    }

    /// Whether it brings the client anything but an end.
    public var hasSubstance: Bool { !content.isEmpty || toolCalls != nil }
}

/// One vector per input, in the order of the inputs, all of one length and finite.
public struct EmbeddingAnswer: Sendable {
    public var vectors: [[Float]]
    public init(vectors: [[Float]]) { self.vectors = vectors }
}
