public import Neurons
public import Subtensor

/// How requests for one subnet become its miners' wire shape, and their answers ours.
///
/// ## Configuration keys (list `subnets`)
/// - `netuid` (int, 0...65535, required)
/// - `name` (text): for people
/// - `dialect` (`dendrite` or `btauth`, default `dendrite`): how requests are signed
/// - `chat`, `embedding` (objects): the synapse or path per task
public struct SubnetConfiguration: Sendable {
    public var netuid: Netuid
    public var name: String
    public var dialect: NeuronDialect
    public var chat: ChatShape?
    public var embedding: EmbeddingShape?

    public init(
        netuid: Netuid, name: String = "", dialect: NeuronDialect = .dendrite, chat: ChatShape? = nil,
        embedding: EmbeddingShape? = nil
    ) {
        self.netuid = netuid
        self.name = name
        self.dialect = dialect
        self.chat = chat
        self.embedding = embedding
    }

    /// A chat task's shape.
    ///
    /// ## Configuration keys (object `chat`)
    /// - `synapse` (text, default `ChatSynapse`; for btauth a path, default `/v1/chat/completions`)
    /// - `stream_synapse` (text): asked for streams; without it a stream is made from the plain answer
    /// - `stream_format` (`text` or `openai`, default `text`; btauth always `openai`): raw UTF-8 text, or
    ///   server-sent events with OpenAI chunks
    /// - `fields` (map of miner field to request field): in the synapse's order
    /// - `required` (list): fields without a default in the synapse, named in `bt_header_input_obj_*`
    /// - `hashed` (list): the synapse's `required_hash_fields`, in its order
    /// - `answer`, `finish_reason` (text): fields of the answer
    public struct ChatShape: Sendable {
        public enum StreamFormat: String, Sendable { case text, openai }
        public var synapse: String
        public var streamSynapse: String?
        public var streamFormat: StreamFormat
        public var fields: [Field]
        public var required: [String]
        public var hashed: [String]
        public var answer: String
        public var finishReason: String

        public init(
            synapse: String = "ChatSynapse", streamSynapse: String? = "ChatStreamSynapse",
            streamFormat: StreamFormat = .text,
            fields: [Field] = ["messages", "model", "max_tokens", "temperature", "seed"].map { Field($0, from: $0) },
            required: [String] = ["messages"], hashed: [String] = ["messages"], answer: String = "completion",
            finishReason: String = "finish_reason"
        ) {
            self.synapse = synapse
            self.streamSynapse = streamSynapse
            self.streamFormat = streamFormat
            self.fields = fields
            self.required = required
            self.hashed = hashed
            self.answer = answer
            self.finishReason = finishReason
        }
    }

    /// An embedding task's shape.
    ///
    /// ## Configuration keys (object `embedding`)
    /// - `synapse` (text, default `EmbeddingSynapse`; for btauth a path, default `/v1/embeddings`)
    /// - `fields`, `required`, `hashed`: as for `chat`
    /// - `answer` (text, default `embeddings`)
    public struct EmbeddingShape: Sendable {
        public var synapse: String
        public var fields: [Field]
        public var required: [String]
        public var hashed: [String]
        public var answer: String

        public init(
            synapse: String = "EmbeddingSynapse",
            fields: [Field] = ["input", "model", "dimensions"].map { Field($0, from: $0) },
            required: [String] = ["input"], hashed: [String] = ["input"], answer: String = "embeddings"
        ) {
            self.synapse = synapse
            self.fields = fields
            self.required = required
            self.hashed = hashed
            self.answer = answer
        }
    }

    /// A field of the synapse and the field of the request that fills it.
    public struct Field: Sendable {
        public var name: String
        public var source: String
        public init(_ name: String, from source: String) {
            self.name = name
            self.source = source
        }
    }
}
