internal import HTTPTransport
public import NIOCore
public import NIOHTTP1

/// A miner's answer of status 200, its body still arriving.
///
/// In the dialect `dendrite` the status of a stream is sent before its first chunk and says nothing about its end.
public struct NeuronAnswer {
    private var response: HTTPClientResponse

    init(_ response: HTTPClientResponse) { self.response = response }

    /// A miner is a stranger: nothing of these goes to a client.
    public var headers: HTTPHeaders { response.headers }

    /// The next part of the body as it arrived, nil at its end.
    ///
    /// - Throws: `TransportError`.
    public mutating func next() async throws -> ByteBuffer? { try await response.next() }

    /// The rest of the body.
    ///
    /// - Throws: `TransportError` with code `responseTooLarge` above `maximumBytes`.
    public mutating func collect(upTo maximumBytes: Int) async throws -> ByteBuffer {
        try await response.collect(upTo: maximumBytes)
    }

    /// Sets a new deadline for what is left of the answer: a stream that has begun may last longer than its first
    /// chunk may take.
    public func extendDeadline(to deadline: ContinuousClock.Instant) { response.extendDeadline(to: deadline) }
}
