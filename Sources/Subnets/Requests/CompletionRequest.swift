public import NIOCore

/// One chat completion as the gateway understood it.
///
/// Prompts and sampling fields stay the bytes the client sent, so that a miner reads exactly them; what the gateway
/// has no name for (`user`, `metadata`, …) is not in here and never leaves it.
public struct CompletionRequest: Sendable {
    /// A field passed on byte for byte.
    public struct Parameter: Sendable {
        public let name: String
        /// JSON text.
        public let value: ByteBuffer
        public init(name: String, value: ByteBuffer) {
            self.name = name
            self.value = value
        }
    }

    public var requestID: String
    /// The model's id as the client wrote it.
    public var model: String
    /// JSON array of message objects.
    public var messages: ByteBuffer
    /// `temperature`, `seed`, `tools`, …: see `OpenAI.passedParameters` in the gateway.
    public var parameters: [Parameter]
    /// Tokens the answer may have; the client's wish clamped to the model's cap.
    public var maximumTokens: Int
    /// Whether the client asked for `maximumTokens`; if not, the miner is not told.
    public var hasExplicitMaximum: Bool
    public var isStream: Bool

    public init(
        requestID: String, model: String, messages: ByteBuffer, parameters: [Parameter] = [], maximumTokens: Int,
        hasExplicitMaximum: Bool = true, isStream: Bool = false
    ) {
        self.requestID = requestID
        self.model = model
        self.messages = messages
        self.parameters = parameters
        self.maximumTokens = maximumTokens
        self.hasExplicitMaximum = hasExplicitMaximum
        self.isStream = isStream
    }
}

/// Texts to embed.
public struct EmbeddingRequest: Sendable {
    public var requestID: String
    public var model: String
    /// JSON array of strings, at least one.
    public var input: ByteBuffer
    public var inputCount: Int
    /// Numbers per vector, where the client chose.
    public var dimensions: Int?

    public init(requestID: String, model: String, input: ByteBuffer, inputCount: Int, dimensions: Int? = nil) {
        self.requestID = requestID
        self.model = model
        self.input = input
        self.inputCount = inputCount
        self.dimensions = dimensions
    }
}
