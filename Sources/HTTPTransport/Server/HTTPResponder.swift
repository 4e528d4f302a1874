/// What answers a server's requests.
///
/// One task per request runs `respond`, on the loop of the request's connection. A client that leaves cancels the task.
public protocol HTTPResponder: Sendable {
    /// Decides on a request's body when its head has arrived, on the connection's loop. Must not block.
    ///
    /// - Parameter head: the request without its body.
    func reception(of head: HTTPRequest) -> BodyReception

    /// Answers `request` through `writer`.
    ///
    /// An error thrown before the answer has started becomes a plain 500. After the start it cuts the connection
    /// without a clean end of the body, so that the client sees that the answer is incomplete; so does returning
    /// without ``HTTPResponseWriter/finish(trailers:)``.
    func respond(to request: HTTPRequest, writer: HTTPResponseWriter) async throws
}

extension HTTPResponder {
    /// Every body is collected.
    public func reception(of head: HTTPRequest) -> BodyReception { .collect }
}
