import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import HTTPTransport

@Suite("HTTP/2 client's connection") struct HTTP2ClientConnectionTests {
    /// A connection without a socket, and what it is made of.
    private struct Wire {
        let channel = EmbeddedChannel()
        let connection: HTTP2ClientConnection
        let pool: TargetPool

        init() throws {
            let executor = LoopExecutor(loop: channel.embeddedEventLoop)
            let connections = ConnectionPool(
                configuration: HTTPClientConfiguration(), executor: executor, connector: ClientConnector())
            pool = TargetPool(HTTPTarget(.loopback(1), version: .http2), in: connections)
            connection = try HTTP2ClientConnection(
                on: channel.embeddedEventLoop, configuration: HTTPClientConfiguration(), pool: pool)
            try channel.pipeline.syncOperations.addHandler(connection)
            try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        }

        func receive(_ frames: RawFrame...) throws {
            try channel.writeInbound(ByteBuffer(bytes: frames.flatMap { $0.bytes() }))
        }

        /// Sends a GET on a place of its own; the task ends with the exchange.
        func get() -> (lease: ConnectionPool.Lease, head: Task<HTTPResponseHead, any Error>) {
            let lease = connection.lease()
            let deadlines = ExchangeDeadlines(HTTPTimeouts(), deadline: .after(.seconds(60)))
            let head = Task.immediate {
                try await withUnsafeThrowingContinuation { continuation in
                    lease.exchange.send(HTTPClientRequest(method: .GET, target: "/"), deadlines, continuation)
                }
            }
            return (lease, head)
        }
    }

    private static let cancelled = TransportError(.cancelled, .gateway, "test")

    private func code(_ head: Task<HTTPResponseHead, any Error>) async -> TransportError.Code? {
        guard case .failure(let error) = await head.result else { return nil }
        return (error as? TransportError)?.code
    }

    @Test("a request that cannot leave gives its place back at once when it is broken off")
    func fullSocket() async throws {
        let wire = try Wire()
        try wire.receive(.settings())
        wire.channel.isWritable = false
        let (lease, head) = wire.get()
        #expect(wire.connection.places == 1)
        lease.exchange.fail(Self.cancelled, exchange: lease.number)
        lease.exchange.end(lease.number)
        #expect(wire.connection.places == 0)
        #expect(await code(head) == .cancelled)
        wire.channel.isWritable = true
        wire.channel.pipeline.fireChannelWritabilityChanged()
        #expect(wire.connection.isUsable && wire.connection.hasRoom)
        _ = try wire.channel.finish(acceptAlreadyClosed: true)
    }

    @Test("so does one that the server allows no stream for any more")
    func noMoreStreams() async throws {
        let wire = try Wire()
        let lease = wire.connection.lease()
        try wire.receive(.settings([(id: 3, value: 0)]))
        #expect(!wire.connection.hasRoom)
        let head = Task.immediate {
            try await withUnsafeThrowingContinuation { continuation in
                lease.exchange.send(
                    HTTPClientRequest(method: .GET, target: "/"),
                    ExchangeDeadlines(HTTPTimeouts(), deadline: .after(.seconds(60))), continuation)
            }
        }
        lease.exchange.fail(Self.cancelled, exchange: lease.number)
        #expect(wire.connection.streams.isEmpty)
        lease.exchange.end(lease.number)
        #expect(wire.connection.places == 0)
        #expect(await code(head) == .cancelled)
        _ = try wire.channel.finish(acceptAlreadyClosed: true)
    }

    @Test("a place that is lent when the server says goodbye sends nothing, and its request goes elsewhere")
    func goodbyeBeforeRequest() async throws {
        let wire = try Wire()
        let running = wire.get()
        let lease = wire.connection.lease()
        try wire.receive(.settings(), .goAway(lastStream: 1))
        let head = Task.immediate {
            try await withUnsafeThrowingContinuation { continuation in
                lease.exchange.send(
                    HTTPClientRequest(method: .GET, target: "/"),
                    ExchangeDeadlines(HTTPTimeouts(), deadline: .after(.seconds(60))), continuation)
            }
        }
        guard case .failure(let error) = await head.result else { return #expect(Bool(false)) }
        #expect((error as? Unanswered)?.wasRefused == true)
        lease.exchange.end(lease.number)
        #expect(wire.connection.places == 1 && wire.connection.isUsable && !wire.connection.hasRoom)
        try wire.receive(.response(1, 204, ends: true))
        let answer = try await running.head.value
        #expect(answer.status == .noContent)
        running.lease.exchange.end(running.lease.number)
        #expect(!wire.connection.isUsable)
        _ = try wire.channel.finish(acceptAlreadyClosed: true)
    }
}
