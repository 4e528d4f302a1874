import NIOCore
import NIOHTTP1

/// What a response's reader gets.
enum ResponsePart {
    case bytes(ByteBuffer)
    /// The body is complete; the fields behind it are these.
    case end(HTTPHeaders)
}

/// Somebody who waits for a response's head.
typealias HeadContinuation = UnsafeContinuation<HTTPResponseHead, any Error>
/// Somebody who waits for a part of a response's body.
typealias PartContinuation = UnsafeContinuation<ResponsePart, any Error>

/// The request surely had no effect: the peer ended the connection before any byte of a response, or said so.
struct Unanswered: Error {
    let cause: TransportError
    /// The peer, or this side, did not begin with the request (RFC 9113, section 8.7): even a fresh connection's request
    /// may be sent again.
    var wasRefused = false
}
