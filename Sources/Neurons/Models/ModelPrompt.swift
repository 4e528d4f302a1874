internal import JSON
public import NIOCore

/// A chat to continue.
public struct ModelPrompt: Sendable {
    public struct Message: Sendable, Equatable {
        public var role: String
        /// The text of all parts.
        public var content: String

        public init(role: String, content: String) {
            self.role = role
            self.content = content
        }
    }

    public var messages: [Message]
    /// The messages as they came, for a model that understands more of them than their text.
    public var rawMessages: ByteBuffer
    /// The model that the caller named; may be empty.
    public var model: String
    public var maximumTokens: Int?
    public var temperature: Double?
    public var seed: Int?

    /// The last thing that the user said.
    var question: String { messages.last { $0.role == "user" }?.content ?? messages.last?.content ?? "" }

    /// - Parameter body: an object with OpenAI's names for its members.
    /// - Throws: ``NeuronError`` with code `invalidRequest`.
    init(_ body: JSONElement) throws(NeuronError) {
        guard let list = body["messages"], list.kind == .array, list.count > 0 else {
            throw Self.invalid("messages is no array with messages in it")
        }
        rawMessages = list.rawBytes
        messages = []
        for message in list.elements {
            guard message.kind == .object, let role = message["role"]?.string else {
                throw Self.invalid("a message has no role")
            }
            messages.append(Message(role: role, content: Self.text(of: message["content"])))
        }
        model = try Self.member("model", of: body, as: \.string) ?? ""
        let maximumCompletionTokens = try Self.member("max_completion_tokens", of: body, as: \.int)
        maximumTokens = try Self.member("max_tokens", of: body, as: \.int)
        maximumTokens = maximumTokens ?? maximumCompletionTokens
        temperature = try Self.member("temperature", of: body, as: \.double)
        seed = try Self.member("seed", of: body, as: \.int)
        guard maximumTokens ?? 1 > 0 else { throw Self.invalid("max_tokens is below 1") }
    }

    static func member<T>(_ name: String, of body: JSONElement, as value: (JSONElement) -> T?) throws(NeuronError)
        -> T?
    {
        guard let member = body[name], !member.isNull else { return nil }
        guard let value = value(member) else { throw invalid("\(name) has the wrong type") }
        return value
    }

    private static func text(of content: JSONElement?) -> String {
        guard let content else { return "" }
        if let text = content.string { return text }
        return content.elements.compactMap { $0["text"]?.string }.joined(separator: "\n")
    }

    static func invalid(_ message: String) -> NeuronError {
        NeuronError(.invalidRequest, source: .gateway, isRetryable: false, message)
    }
}
