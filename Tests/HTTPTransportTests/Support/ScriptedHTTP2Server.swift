import NIOCore
import NIOHTTP1
import NIOPosix
import Testing

@testable import HTTPTransport

/// A server of HTTP/2 on loopback whose every connection follows a script, frame by frame.
final class ScriptedHTTP2Server: Sendable {
    let port: Int
    let accepted: Counter
    private let listener: any Channel

    private init(listener: any Channel, accepted: Counter) {
        self.listener = listener
        self.accepted = accepted
        port = listener.localAddress?.port ?? 0
    }

    /// With prior knowledge.
    var target: HTTPTarget { HTTPTarget(.loopback(port), version: .http2) }

    /// - Parameters:
    ///   - settings: what the server's preface says; nil sends none, and acknowledges nothing.
    ///   - script: runs for every connection, which closes when it returns.
    static func start(
        settings: [(id: UInt16, value: UInt32)]? = [], tls: TLSContext? = nil,
        _ script: @escaping @Sendable (RawHTTP2Peer, Int) async throws -> Void
    ) async throws -> ScriptedHTTP2Server {
        let accepted = Counter()
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        let session = try TLSSession.server(tls, acceptsHTTP2: true)
                        try channel.pipeline.syncOperations.addHandler(TLSHandler(session))
                    }
                    let peer = try RawHTTP2Peer.accepted(on: channel, settings: settings)
                    let number = accepted.add()
                    Task {
                        try? await script(peer, number)
                        await peer.close()
                    }
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return ScriptedHTTP2Server(listener: listener, accepted: accepted)
    }

    func stop() async {
        try? await listener.close().get()
    }
}

/// Runs a scripted server, and a client on its own loop, while `body` runs.
func withHTTP2Client(
    settings: [(id: UInt16, value: UInt32)]? = [],
    _ configure: (inout HTTPClientConfiguration) -> Void = { _ in },
    script: @escaping @Sendable (RawHTTP2Peer, Int) async throws -> Void,
    _ body: @Sendable (HTTPClient, ScriptedHTTP2Server) async throws -> Void
) async throws {
    let server = try await ScriptedHTTP2Server.start(settings: settings, script)
    try await withClient(configure) { client, _ in try await body(client, server) }
    await server.stop()
}

/// Answers every request with 200 and `ok`.
@Sendable func answerAll(_ peer: RawHTTP2Peer, _: Int) async throws {
    while let request = await peer.request() {
        try await peer.send(.response(request.stream), .data(request.stream, "ok", ends: true))
    }
}

extension HTTPClient {
    /// The error that one GET ends with, where no other request has this timeout.
    func error(to target: HTTPTarget, firstByte: Duration) async -> TransportError? {
        var timeouts = configuration.timeouts
        timeouts.firstByte = firstByte
        return await #expect(throws: TransportError.self) {
            try await self.withResponse(from: target, deadline: .now + .seconds(20), timeouts: timeouts) { _ in
                HTTPClientRequest(method: .GET, target: "/")
            } _: { _ in
            }
        }
    }
}
