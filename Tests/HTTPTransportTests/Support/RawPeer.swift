import NIOCore
import NIOPosix
import Synchronization

@testable import HTTPTransport

/// One end of a TCP connection on loopback, driven byte by byte by a test.
final class RawPeer: Sendable {
    let channel: any Channel
    private let inbox: Inbox

    init(channel: any Channel, inbox: Inbox) {
        self.channel = channel
        self.inbox = inbox
    }

    /// Dials a port on 127.0.0.1, with TLS to `localhost` when `tls` is given.
    static func connect(
        to port: Int, receiveBuffer: Int? = nil, autoRead: Bool = true, tls: TLSContext? = nil
    ) async throws -> RawPeer {
        let inbox = Inbox()
        var bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.autoRead, value: autoRead)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls { try pipeline.addHandler(TLSHandler(TLSSession.client(tls, host: "localhost"))) }
                    try pipeline.addHandler(inbox.handler())
                }
            }
        if let receiveBuffer {
            bootstrap = bootstrap.channelOption(.socketOption(.so_rcvbuf), value: .init(receiveBuffer))
        }
        return RawPeer(channel: try await bootstrap.connect(host: "127.0.0.1", port: port).get(), inbox: inbox)
    }

    /// Dials a Unix socket.
    static func connect(toUnixSocket path: String) async throws -> RawPeer {
        let inbox = Inbox()
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(inbox.handler())
                }
            }
            .connect(unixDomainSocketPath: path).get()
        return RawPeer(channel: channel, inbox: inbox)
    }

    func send(_ text: String) async throws {
        try await channel.writeAndFlush(ByteBuffer(string: text)).get()
    }

    func send(_ bytes: [UInt8]) async throws {
        try await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get()
    }

    /// Everything received so far and not yet taken, once it contains `text`; nil when the connection ended before.
    func receive(until text: String) async -> String? {
        await receive { $0.contains(text) }
    }

    /// Everything received so far and not yet taken, once `isEnough`; nil when the connection ended before.
    func receive(_ isEnough: @escaping @Sendable (String) -> Bool) async -> String? {
        await inbox.wait { text, hasEnded in isEnough(text) ? true : hasEnded ? false : nil }
    }

    /// Everything up to the end of the connection.
    func receiveAll() async -> String {
        await inbox.wait { _, hasEnded in hasEnded ? true : nil } ?? ""
    }

    /// Whether the other end reset the connection instead of closing it.
    var wasReset: Bool { inbox.wasReset }
    /// What TLS reported last.
    var failure: TransportError? { inbox.failure }

    func close() async {
        try? await channel.close().get()
    }

    /// Resets the connection.
    func reset() async {
        channel.resetOnClose()
        await close()
    }
}

/// What a connection received.
final class Inbox: Sendable {
    private struct State {
        var text = ""
        var hasEnded = false
        var wasReset = false
        var failure: TransportError?
        var waiter: (check: @Sendable (String, Bool) -> Bool?, continuation: CheckedContinuation<String?, Never>)?
    }

    private let state = Mutex(State())

    /// - Parameter check: true takes what there is, false gives up, nil waits for more.
    func wait(_ check: @escaping @Sendable (String, Bool) -> Bool?) async -> String? {
        await withCheckedContinuation { continuation in
            update { $0.waiter = (check, continuation) }
        }
    }

    func append(_ bytes: ByteBuffer) {
        update { $0.text += String(decoding: bytes.readableBytesView, as: UTF8.self) }
    }

    func end() {
        update { $0.hasEnded = true }
    }

    var wasReset: Bool { state.withLock { $0.wasReset } }

    func reset() {
        update { $0.wasReset = true }
    }

    var failure: TransportError? { state.withLock { $0.failure } }

    func fail(_ error: TransportError) {
        update { $0.failure = error }
    }

    func handler() -> any ChannelHandler { Handler(inbox: self) }

    private func update(_ change: (inout State) -> Void) {
        let resume: (() -> Void)? = state.withLock { state in
            change(&state)
            guard let waiter = state.waiter, let isEnough = waiter.check(state.text, state.hasEnded) else { return nil }
            let text = isEnough ? state.text : nil
            if isEnough { state.text = "" }
            state.waiter = nil
            return { waiter.continuation.resume(returning: text) }
        }
        resume?()
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let inbox: Inbox

        init(inbox: Inbox) { self.inbox = inbox }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) { inbox.append(unwrapInboundIn(data)) }
        func channelInactive(context: ChannelHandlerContext) { inbox.end() }
        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            if (error as? IOError)?.errnoCode == 104 { inbox.reset() }
            if let error = error as? TransportError { inbox.fail(error) }
            context.close(promise: nil)
        }
    }
}
