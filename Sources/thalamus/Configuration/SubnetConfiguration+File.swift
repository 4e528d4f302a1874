import Metering
import Neurons
import Subnets
import Subtensor

extension SubnetConfiguration {
    init(_ section: ConfigurationReader) throws {
        guard let netuid: UInt16 = try section.int("netuid", in: 0...65_535) else {
            throw section.missing("netuid", "the subnet's number")
        }
        self.init(netuid: Netuid(netuid), name: try section.text("name") ?? "")
        dialect = try section.choice("dialect", [.dendrite, .btauth]) ?? dialect
        chat = try section.section("chat").map { try ChatShape($0, dialect: dialect) }
        embedding = try section.section("embedding").map { try EmbeddingShape($0, dialect: dialect) }
        try section.finish()
    }
}

extension SubnetConfiguration.ChatShape {
    fileprivate init(_ section: ConfigurationReader, dialect: NeuronDialect) throws {
        self.init()
        if dialect == .btauth { synapse = "/v1/chat/completions" }
        synapse = try section.text("synapse") ?? synapse
        streamSynapse = try section.text("stream_synapse")
        streamFormat = try section.choice("stream_format", [.text, .openai]) ?? streamFormat
        fields = try section.fields("fields") ?? fields
        required = try section.texts("required") ?? required
        hashed = try section.texts("hashed") ?? hashed
        answer = try section.text("answer") ?? answer
        finishReason = try section.text("finish_reason") ?? finishReason
        try section.finish()
    }
}

extension SubnetConfiguration.EmbeddingShape {
    fileprivate init(_ section: ConfigurationReader, dialect: NeuronDialect) throws {
        self.init()
        if dialect == .btauth { synapse = "/v1/embeddings" }
        synapse = try section.text("synapse") ?? synapse
        fields = try section.fields("fields") ?? fields
        required = try section.texts("required") ?? required
        hashed = try section.texts("hashed") ?? hashed
        answer = try section.text("answer") ?? answer
        try section.finish()
    }
}

extension ConfigurationReader {
    fileprivate func fields(_ key: String) throws -> [SubnetConfiguration.Field]? {
        try pairs(key)?.map { SubnetConfiguration.Field($0.name, from: $0.value) }
    }
}
