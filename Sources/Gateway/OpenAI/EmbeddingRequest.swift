internal import JSON
internal import NIOCore

extension OpenAI {
    /// Inputs of one embedding request, at most.
    static let maximumInputs = 2_048

    /// The body of `POST /v1/embeddings`, checked.
    struct EmbeddingRequest {
        var model: String
        /// JSON array of strings.
        var input: ByteBuffer
        var inputCount: Int
        var promptTokens: Int
        var dimensions: Int?
        /// OpenAI's clients ask for base64 unless told otherwise.
        var isBase64: Bool

        init(_ body: ByteBuffer) throws(OpenAIError) {
            let root = try OpenAI.document(body)
            model = try OpenAI.requiredText("model", root["model"])
            guard let value = root["input"], !value.isNull else { throw OpenAI.missing("input") }
            (input, inputCount, promptTokens) = try Self.inputs(value)
            dimensions = nil
            if let value = root["dimensions"], !value.isNull {
                dimensions = try OpenAI.int("dimensions", value, in: 1...65_536)
            }
            isBase64 = false
            if let format = root["encoding_format"] {
                guard let name = format.string, name == "float" || name == "base64" else {
                    throw OpenAIError.invalid(
                        "encoding_format", code: "invalid_value", "'encoding_format' must be `float` or `base64`.")
                }
                isBase64 = name == "base64"
            }
        }

        private static func inputs(_ value: JSONElement) throws(OpenAIError) -> (ByteBuffer, Int, Int) {
            if let text = value.string {
                guard !text.isEmpty else { throw empty("input") }
                var array = ByteBuffer(string: "[")
                array.writeImmutableBuffer(value.rawBytes)
                array.writeStaticString("]")
                return (array, 1, TokenCounter.count(text))
            }
            guard value.kind == .array else {
                throw OpenAI.wrongType("input", "a string or an array of strings", value)
            }
            guard (1...OpenAI.maximumInputs).contains(value.count) else {
                throw OpenAIError.invalid(
                    "input", code: "invalid_value", "'input' must hold 1 to \(OpenAI.maximumInputs) texts.")
            }
            var tokens = 0
            for (index, element) in value.elements.enumerated() {
                guard let text = element.string else {
                    throw OpenAI.wrongType("input[\(index)]", "a string (token arrays are not supported)", element)
                }
                guard !text.isEmpty else { throw empty("input[\(index)]") }
                tokens += TokenCounter.count(text)
            }
            return (value.rawBytes, value.count, tokens)
        }

        private static func empty(_ param: String) -> OpenAIError {
            .invalid(param, code: "invalid_value", "'\(param)' must not be an empty string.")
        }
    }
}
