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
