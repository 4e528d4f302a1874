import NIOCore
import NIOEmbedded
import NIOHTTP1

/// Puts an answer together from the bytes of a connection.
struct AnswerReader {
    private let decoder: EmbeddedChannel
    private var head: HTTPResponseHead?
    private var pieces: [ByteBuffer] = []
    private var trailers: HTTPHeaders = [:]
    private(set) var isComplete = false

    init(isHead: Bool) {
        decoder = EmbeddedChannel()
        let handler = HTTPResponseDecoder(informationalResponseStrategy: .drop)
        try? decoder.pipeline.syncOperations.addHandler(ByteToMessageHandler(handler))
        // The decoder must know what was asked: an answer to HEAD has no body.
        let request = HTTPRequestHead(version: .http1_1, method: isHead ? .HEAD : .GET, uri: "/")
        _ = try? decoder.writeOutbound(HTTPClientRequestPart.head(request))
    }

    mutating func read(_ bytes: ByteBuffer) throws {
        try decoder.writeInbound(bytes)
        while let part = try decoder.readInbound(as: HTTPClientResponsePart.self) {
            switch part {
            case .head(let head): self.head = head
            case .body(let piece): pieces.append(piece)
            case .end(let trailers):
                self.trailers = trailers ?? [:]
                isComplete = true
            }
        }
    }

    func answer() throws -> HTTPTestResponse {
        guard let head else { throw HTTPTestFailure(description: "the connection ended without an answer") }
        guard isComplete else { throw HTTPTestFailure(description: "the connection ended within the answer's body") }
        return HTTPTestResponse(status: head.status, headers: head.headers, pieces: pieces, trailers: trailers)
    }
}
