import NIOCore
import NIOPosix
import Synchronization

@testable import HTTPTransport

/// A TCP server on loopback whose every connection follows a script.
final class ScriptedServer: Sendable {
    let port: Int
    let accepted: Counter
    private let listener: any Channel

    private init(listener: any Channel, accepted: Counter) {
        self.listener = listener
        self.accepted = accepted
        port = listener.localAddress?.port ?? 0
    }

    var address: VettedAddress { .loopback(port) }

    /// - Parameters:
    ///   - acceptsHTTP2: whether a client that offers HTTP/2 by ALPN gets it.
    ///   - script: runs for every connection, which closes when it returns.
    static func start(
        tls: TLSContext? = nil, acceptsHTTP2: Bool = false, _ script: @escaping @Sendable (RawPeer, Int) async throws -> Void
    ) async throws -> ScriptedServer {
        let accepted = Counter()
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let inbox = Inbox()
                    if let tls {
                        let session = try TLSSession.server(tls, acceptsHTTP2: acceptsHTTP2)
                        try channel.pipeline.syncOperations.addHandler(TLSHandler(session))
                    }
                    try channel.pipeline.syncOperations.addHandler(inbox.handler())
                    let peer = RawPeer(channel: channel, inbox: inbox)
                    let number = accepted.add()
                    Task {
                        try? await script(peer, number)
                        await peer.close()
                    }
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return ScriptedServer(listener: listener, accepted: accepted)
    }

    func stop() async {
        try? await listener.close().get()
    }
}

final class Counter: Sendable {
    private let count = Atomic<Int>(0)
    var value: Int { count.load(ordering: .sequentiallyConsistent) }
    /// - Returns: the count after this one.
    @discardableResult func add(_ difference: Int = 1) -> Int {
        count.wrappingAdd(difference, ordering: .sequentiallyConsistent).newValue
    }
    func subtract() { count.wrappingSubtract(1, ordering: .sequentiallyConsistent) }
}

/// Something that happens once and can be awaited.
final class Event: Sendable {
    private let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() { (stream, continuation) = AsyncStream.makeStream() }

    func happened() {
        continuation.yield()
        continuation.finish()
    }

    func wait() async {
        for await _ in stream { return }
    }
}

extension VettedAddress {
    static func loopback(_ port: Int) -> VettedAddress {
        VettedAddress(ip: IPAddress(.v4(0x7f00_0001)), port: UInt16(port))
    }
}
