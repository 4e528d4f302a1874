internal import NIOHTTP1
internal import Subnets

extension CompletionRequest {
    /// Ours from the wire's, within what the route allows.
    init(_ wire: OpenAI.ChatCompletionRequest, on route: Route, requestID: String) throws(OpenAIError) {
        let model = route.model
        guard wire.promptTokens <= model.contextTokens else {
            throw OpenAIError(
                .badRequest, .invalidRequest, code: "context_length_exceeded", param: "messages",
                "This model's maximum context length is \(model.contextTokens) tokens, but the messages have "
                    + "\(wire.promptTokens).")
        }
        self.init(
            requestID: requestID, model: wire.model, messages: wire.messages,
            parameters: wire.parameters.map { Parameter(name: $0.name, value: $0.value) },
            maximumTokens: min(wire.maximumTokens ?? model.maximumTokens, model.maximumTokens),
            hasExplicitMaximum: wire.maximumTokens != nil, isStream: wire.isStream)
    }
}
