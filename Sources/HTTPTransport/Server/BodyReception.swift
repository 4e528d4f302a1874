/// What to do with the body of a request whose head has arrived.
public enum BodyReception: Sendable, Equatable {
    /// Collect it, up to the server's `maximum_body_bytes`, and then call ``HTTPResponder/respond(to:writer:)``.
    case collect
    /// Collect it, up to this many bytes: more is answered with 413 without reading it.
    case collectUpTo(Int)
    /// Call `respond` at once, which reads the body from ``HTTPRequest/bodyStream``; the client is held back while
    /// nobody reads. More bytes than this end the body with an error.
    case stream(upTo: Int)
    /// Call `respond` at once with an empty body: whatever the client sends is not wanted.
    case refuse
}

extension BodyReception {
    /// What a streamed body holds at most while its reader is slow.
    private static let streamedBytes = 64 * 1_024

    /// How many bytes a client may declare before it has sent any; `standard` where nothing else is said.
    func declaredLimit(or standard: Int, coding: ContentCoding) -> Int {
        switch self {
        case .collect: standard
        case .collectUpTo(let limit): limit
        // Compressed ones are bounded once they are decompressed.
        case .stream(let limit): coding == .identity ? limit : .max
        case .refuse: .max
        }
    }

    /// What a body of `declaredBytes` takes up while it is received so.
    func expectedBytes(of declaredBytes: Int, isChunked: Bool) -> Int {
        switch self {
        case .collect, .collectUpTo: declaredBytes
        case .stream: isChunked ? Self.streamedBytes : min(Self.streamedBytes, declaredBytes)
        case .refuse: 0
        }
    }
}
