internal import JSON
internal import NIOCore
internal import Neurons

extension SubnetAdapter {
    /// Numbers of a vector, at most; bounds what a miner can make us hold.
    static let maximumDimensions = 65_536

    /// Reads a whole chat answer.
    func answer(from body: ByteBuffer) throws(DispatchError) -> CompletionDelta {
        let root = try JSONDocument(answer: body).root
        switch configuration.dialect {
        case .btauth: return try OpenAIShape.answer(in: root)
        case .dendrite:
            guard let chat = configuration.chat, let text = root[chat.answer]?.string, !text.isEmpty else {
                throw DispatchError(.malformedAnswer, "The synapse came back without a text in its answer field")
            }
            let reason = root[chat.finishReason]?.string.flatMap(CompletionDelta.FinishReason.init)
            return CompletionDelta(content: text, finishReason: reason ?? .stop)
        }
    }

    /// Reads the vectors of `count` inputs.
    func embeddings(from body: ByteBuffer, count: Int) throws(DispatchError) -> EmbeddingAnswer {
        let root = try JSONDocument(answer: body).root
        let lists: [JSONElement]
        switch configuration.dialect {
        case .btauth: lists = try OpenAIShape.vectors(in: root)
        case .dendrite: lists = configuration.embedding.flatMap { root[$0.answer] }.map { Array($0.elements) } ?? []
        }
        guard lists.count == count else {
            throw DispatchError(.malformedAnswer, "The miner gave \(lists.count) vectors for \(count) inputs")
        }
        var vectors: [[Float]] = []
        for list in lists {
            guard list.kind == .array, (1...Self.maximumDimensions).contains(list.count) else {
                throw DispatchError(.malformedAnswer, "A vector is empty, too long or no array")
            }
            let vector = list.elements.compactMap { $0.double.map { Float($0) } }
            guard vector.count == list.count, vector.allSatisfy(\.isFinite),
                vector.count == vectors.first?.count ?? vector.count
            else { throw DispatchError(.malformedAnswer, "A vector holds something that is no finite number") }
            vectors.append(vector)
        }
        return EmbeddingAnswer(vectors: vectors)
    }

    /// A decoder for one streamed chat answer.
    func streamDecoder() -> ChatStreamDecoder {
        let isText = configuration.dialect == .dendrite && configuration.chat?.streamFormat == .text
        return isText ? .text(UTF8Assembler()) : .events(EventStreamParser(), OpenAIShape.StreamState())
    }
}
