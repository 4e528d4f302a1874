import NIOCore
import NIOHTTP1

/// Where one request's answer goes: an HTTP/1.1 connection or an HTTP/2 stream.
///
/// Used on the connection's loop only. `number` tells a request from later ones on the same connection; a sink that
/// serves one request ignores it. Every method but the first throws ``TransportError`` with code `alreadyAnswered` once
/// the answer is complete, and `connectionClosed` once the client left.
protocol ResponseSink: AnyObject {
    var loop: any EventLoop { get }

    /// Whether a head was given.
    func hasStarted(_ number: Int) -> Bool

    /// Whether the client is there and waits for this answer.
    func isConnected(_ number: Int) -> Bool

    /// Takes a whole answer and sends it.
    func giveWhole(
        _ status: HTTPResponseStatus, headers: HTTPHeaders, body: ByteBuffer, for number: Int) throws(TransportError)

    /// Takes the head of a streamed answer. It may be kept until the first chunk.
    func giveStart(_ status: HTTPResponseStatus, headers: HTTPHeaders, for number: Int) throws(TransportError)

    /// Takes a part of a streamed answer's body and sends it at once; an empty one sends the head alone.
    func giveChunk(_ chunk: ByteBuffer, for number: Int) throws(TransportError)

    /// Ends a streamed answer cleanly.
    func giveEnd(trailers: HTTPHeaders, for number: Int) throws(TransportError)

    /// Whether the client keeps up with what was given; at most 64 KiB wait in this process while it does.
    var isWritable: Bool { get }

    /// Suspends until ``isWritable`` is true again; throws `writeTimedOut` or `cancelled` too.
    func waitUntilWritable() async throws
}
