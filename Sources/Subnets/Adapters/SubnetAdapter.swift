internal import JSON
internal import NIOCore
internal import Neurons
public import Subtensor

/// Translates between our requests and one subnet's wire shape, as its ``SubnetConfiguration`` says.
public struct SubnetAdapter: Sendable {
    public let configuration: SubnetConfiguration
    public var netuid: Netuid { configuration.netuid }

    public init(_ configuration: SubnetConfiguration) { self.configuration = configuration }

    public func serves(_ task: ModelConfiguration.Task) -> Bool {
        switch task {
        case .chat: configuration.chat != nil
        case .embedding: configuration.embedding != nil
        }
    }

    /// Whether miners can be asked for a stream at all.
    var streams: Bool {
        guard let chat = configuration.chat else { return false }
        return configuration.dialect == .btauth || chat.streamSynapse != nil
    }

    /// The request's bytes, made once and signed for each miner.
    ///
    /// - Parameter asStream: ask for a stream rather than a whole answer.
    func neuronRequest(for completion: CompletionRequest, model: ModelConfiguration, asStream: Bool)
        throws(DispatchError) -> NeuronRequest
    {
        guard let chat = configuration.chat else {
            throw DispatchError(.unsupported, source: .gateway, isRetryable: false, "The subnet has no chat task")
        }
        switch configuration.dialect {
        case .btauth:
            return .http(path: chat.synapse, body: OpenAIShape.body(of: completion, model: model, asStream: asStream))
        case .dendrite:
            let synapse = asStream ? chat.streamSynapse ?? chat.synapse : chat.synapse
            var fields: [NeuronRequest.Field] = []
            for field in chat.fields {
                guard let value = Self.value(of: field.source, in: completion, model: model) else { continue }
                fields.append(NeuronRequest.Field(name: field.name, value: value))
            }
            return try Self.wrapping {
                try .synapse(
                    synapse, fields: fields, required: chat.required, hashed: chat.hashed,
                    timeout: model.attemptTimeout, isStream: asStream)
            }
        }
    }

    func neuronRequest(for embedding: EmbeddingRequest, model: ModelConfiguration) throws(DispatchError)
        -> NeuronRequest
    {
        guard let shape = configuration.embedding else {
            throw DispatchError(.unsupported, source: .gateway, isRetryable: false, "The subnet has no embedding task")
        }
        switch configuration.dialect {
        case .btauth: return .http(path: shape.synapse, body: OpenAIShape.body(of: embedding, model: model))
        case .dendrite:
            let fields = shape.fields.compactMap { field in
                Self.value(of: field.source, in: embedding, model: model).map {
                    NeuronRequest.Field(name: field.name, value: $0)
                }
            }
            return try Self.wrapping {
                try .synapse(
                    shape.synapse, fields: fields, required: shape.required, hashed: shape.hashed,
                    timeout: model.attemptTimeout)
            }
        }
    }

    private static func wrapping(_ make: () throws -> NeuronRequest) throws(DispatchError) -> NeuronRequest {
        do { return try make() } catch {
            throw DispatchError(
                .unsupported, source: .gateway, isRetryable: false, "The request can't be put into the subnet's shape",
                cause: error)
        }
    }

    private static func value(of source: String, in completion: CompletionRequest, model: ModelConfiguration)
        -> ByteBuffer?
    {
        switch source {
        case "messages": completion.messages
        case "model": JSONLiteral.of(model.minerModel)
        case "max_tokens": completion.hasExplicitMaximum ? JSONLiteral.of(completion.maximumTokens) : nil
        default: completion.parameters.first { $0.name == source }?.value
        }
    }

    private static func value(of source: String, in embedding: EmbeddingRequest, model: ModelConfiguration)
        -> ByteBuffer?
    {
        switch source {
        case "input": embedding.input
        case "model": JSONLiteral.of(model.minerModel)
        case "dimensions": embedding.dimensions.map { JSONLiteral.of($0) }
        default: nil
        }
    }
}

/// Single values as JSON, for the members that an adapter sets.
enum JSONLiteral {
    static func of(_ text: String) -> ByteBuffer {
        var writer = JSONWriter(capacity: text.utf8.count + 2)
        writer.string(text)
        return writer.buffer
    }

    static func of(_ number: Int) -> ByteBuffer { ByteBuffer(string: String(number)) }
}
