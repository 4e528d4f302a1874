internal import JSON

/// The synapses that an ``Axon`` serves.
///
/// `ChatSynapse` and `ChatStreamSynapse` have the fields messages (required), model, max_tokens, temperature, seed,
/// completion, finish_reason; `EmbeddingSynapse` has input (required), model, dimensions, embeddings. Each hashes its
/// required field.
enum SynapseShape: String, CaseIterable {
    case chat = "ChatSynapse"
    case chatStream = "ChatStreamSynapse"
    case embedding = "EmbeddingSynapse"

    /// The one field without a default, which is the one in `required_hash_fields` too.
    var requiredField: String {
        switch self {
        case .chat, .chatStream: "messages"
        case .embedding: "input"
        }
    }

    func accepts(_ value: JSONElement) -> Bool {
        switch self {
        case .chat, .chatStream: value.kind == .array && value.elements.allSatisfy { $0.kind == .object }
        case .embedding:
            value.kind == .string || value.kind == .array && value.elements.allSatisfy { $0.kind == .string }
        }
    }

    /// The fields of the request that the answer repeats, in the synapse's order.
    var repeatedFields: [String] {
        switch self {
        case .chat, .chatStream: ["messages", "model", "max_tokens", "temperature", "seed"]
        case .embedding: ["input", "model", "dimensions"]
        }
    }
}
