internal import JSON
internal import NIOCore

/// Reads the event stream of a chat completion.
///
/// The server is the operator's own; still, a line longer than 1 MiB ends the stream.
struct CompletionEvents {
    private static let maximumLineBytes = 1 << 20

    private var line = ByteBuffer()
    private var finishReason: String?
    private var promptTokens = 0
    private var completionTokens: Int?
    private var pieces = 0

    /// - Returns: the pieces of text that `part` completes.
    mutating func parse(_ part: ByteBuffer) throws(NeuronError) -> [String] {
        var part = part
        var texts: [String] = []
        while let end = part.readableBytesView.firstIndex(of: UInt8(ascii: "\n")),
            var head = part.readSlice(length: end - part.readerIndex)
        {
            part.moveReaderIndex(forwardBy: 1)
            line.writeBuffer(&head)
            if let text = try event() { texts.append(text) }
            line.clear()
        }
        line.writeBuffer(&part)
        guard line.readableBytes <= Self.maximumLineBytes else {
            throw OpenAIBackend.failed("The server sent an event longer than 1 MiB")
        }
        return texts
    }

    /// - Throws: ``NeuronError`` for a stream that ended before its finish reason: it was cut.
    func ending() throws(NeuronError) -> ModelEnding {
        guard let finishReason else { throw OpenAIBackend.failed("The server's stream ended before its finish_reason") }
        return ModelEnding(
            reason: finishReason == "length" ? .length : .stop, promptTokens: promptTokens,
            completionTokens: completionTokens ?? pieces)
    }

    private mutating func event() throws(NeuronError) -> String? {
        let bytes = line.readableBytesView
        guard bytes.starts(with: "data:".utf8) else { return nil }
        let data = bytes.dropFirst(5).drop { $0 == UInt8(ascii: " ") }
        guard !data.starts(with: "[DONE]".utf8) else { return nil }
        let root = try OpenAIBackend.document(ByteBuffer(bytes: data)).root
        if let error = root["error"], !error.isNull {
            throw OpenAIBackend.failed(
                "The server's stream brought an error: " + NeuronError.quoted(error["message"]?.string ?? ""))
        }
        if let usage = root["usage"], !usage.isNull {
            promptTokens = usage["prompt_tokens"]?.int ?? promptTokens
            completionTokens = usage["completion_tokens"]?.int ?? completionTokens
        }
        guard let choice = root["choices"]?.elements.first(where: { _ in true }) else { return nil }
        if let reason = choice["finish_reason"]?.string { finishReason = reason }
        guard let text = choice["delta"]?["content"]?.string, !text.isEmpty else { return nil }
        pieces += 1
        return text
    }
}
