import NIOCore
import NIOPosix
import Synchronization

@testable import HTTPTransport

/// How bytes are cut on their way to the socket.
enum Delivery: Sendable, CaseIterable, CustomStringConvertible {
    /// Everything up to the next wait in one write.
    case whole
    /// Every frame in two writes.
    case halves
    /// Every byte in a write of its own.
    case bytes

    var description: String {
        switch self {
        case .whole: "whole"
        case .halves: "frames in halves"
        case .bytes: "byte at a time"
        }
    }

    func cut(_ frames: [[UInt8]]) -> [[UInt8]] {
        switch self {
        case .whole: [frames.flatMap { $0 }]
        case .halves: frames.flatMap { [Array($0.prefix($0.count / 2)), Array($0.dropFirst($0.count / 2))] }
        // A long frame's beginning and end are what a parser can get wrong; its middle is repetition.
        case .bytes: frames.flatMap { frame in frame.prefix(512).map { [$0] } + [Array(frame.dropFirst(512))] }
        }
    }
}

/// A connection on loopback that says whatever a test likes in HTTP/2, and reads frames.
final class CasePeer: Sendable {
    private let channel: any Channel
    private let inbox: CaseInbox

    private init(channel: any Channel, inbox: CaseInbox) {
        self.channel = channel
        self.inbox = inbox
    }

    /// - Parameter deadline: how long the connection lives; a wait that is still on then ends as if it had closed.
    static func connect(
        to port: Int, tls: TLSContext? = nil, deadline: TimeAmount = .seconds(30), receiveBuffer: Int? = nil,
        autoRead: Bool = true
    ) async throws -> CasePeer {
        let inbox = CaseInbox()
        var bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.autoRead, value: autoRead)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls { try pipeline.addHandler(TLSHandler(TLSSession.client(tls, host: "localhost"))) }
                    try pipeline.addHandler(inbox.handler())
                    let timer = channel.eventLoop.scheduleTask(in: deadline) { inbox.expire() }
                    channel.closeFuture.whenComplete { _ in timer.cancel() }
                }
            }
        if let receiveBuffer {
            bootstrap = bootstrap.channelOption(.socketOption(.so_rcvbuf), value: .init(receiveBuffer))
        }
        return CasePeer(channel: try await bootstrap.connect(host: "127.0.0.1", port: port).get(), inbox: inbox)
    }

    /// Sends frames, and returns once they have left or the connection is gone.
    func send(_ frames: [[UInt8]], _ delivery: Delivery = .whole) async {
        let pieces = delivery.cut(frames).filter { !$0.isEmpty }
        guard let last = pieces.last else { return }
        let channel = channel
        try? await channel.eventLoop.flatSubmit {
            for piece in pieces.dropLast() { channel.writeAndFlush(ByteBuffer(bytes: piece), promise: nil) }
            return channel.writeAndFlush(ByteBuffer(bytes: last))
        }.get()
    }

    func send(_ frames: CaseFrame...) async {
        await send(frames.map(\.bytes))
    }

    /// Sends the preface and `settings`, and waits until both sides have acknowledged.
    ///
    /// - Returns: the server's settings; nil when the connection ended before.
    func shakeHands(_ settings: KeyValuePairs<UInt16, UInt32> = [:], _ delivery: Delivery = .whole) async -> [UInt16:
        UInt32]?
    {
        await send([CaseFrame.preface, CaseFrame.settings(settings).bytes], delivery)
        var theirs: [UInt16: UInt32]?
        var isAcknowledged = false
        while theirs == nil || !isAcknowledged {
            guard let frame = await next() else { return nil }
            guard frame.type == FrameType.settings else { continue }
            if frame.isAcknowledgement { isAcknowledged = true } else { theirs = frame.settings }
        }
        await send([CaseFrame.settingsAcknowledgement.bytes], delivery)
        return theirs
    }

    /// The next frame; nil once the connection has ended.
    func next() async -> ReceivedFrame? {
        await inbox.next()
    }

    /// The next frame that `isWanted`; the ones before are dropped. Nil once the connection has ended.
    func next(where isWanted: (ReceivedFrame) -> Bool) async -> ReceivedFrame? {
        while let frame = await next() {
            if isWanted(frame) { return frame }
        }
        return nil
    }

    /// Whether the deadline passed.
    var isExpired: Bool { inbox.isExpired }
    var isClosed: Bool { !channel.isActive }

    /// Takes in nothing from now on.
    func stopReading() async {
        try? await channel.setOption(.autoRead, value: false).get()
    }

    /// Queues bytes without waiting for anything.
    func pour(_ bytes: [UInt8]) {
        channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
    }

    /// Returns once the connection is closed.
    ///
    /// - Returns: false when that did not happen before the deadline.
    func waitUntilClosed(within limit: TimeAmount = .seconds(30)) async -> Bool {
        let channel = channel
        let promise = channel.eventLoop.makePromise(of: Bool.self)
        let timer = channel.eventLoop.scheduleTask(in: limit) { promise.succeed(false) }
        channel.closeFuture.whenComplete { _ in
            timer.cancel()
            promise.succeed(true)
        }
        return (try? await promise.futureResult.get()) ?? false
    }

    func close() async {
        try? await channel.close().get()
    }
}

/// The frames that a connection received, in order.
final class CaseInbox: Sendable {
    private struct State {
        var parser = FrameParser()
        var frames = CircularBuffer<ReceivedFrame>()
        var hasEnded = false
        var isExpired = false
        var waiter: CheckedContinuation<ReceivedFrame?, Never>?
    }

    private let state = Mutex(State())

    func next() async -> ReceivedFrame? {
        await withCheckedContinuation { continuation in
            update { $0.waiter = continuation }
        }
    }

    var isExpired: Bool { state.withLock { $0.isExpired } }

    func expire() {
        update { state in
            state.isExpired = true
            state.hasEnded = true
        }
    }

    func handler() -> any ChannelHandler { Handler(inbox: self) }

    private func update(_ change: (inout State) -> Void) {
        let resume: (() -> Void)? = state.withLock { state in
            change(&state)
            guard let waiter = state.waiter, !state.frames.isEmpty || state.hasEnded else { return nil }
            let frame = state.frames.popFirst()
            state.waiter = nil
            return { waiter.resume(returning: frame) }
        }
        resume?()
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let inbox: CaseInbox

        init(inbox: CaseInbox) { self.inbox = inbox }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let bytes = unwrapInboundIn(data)
            inbox.update { $0.frames += $0.parser.received(bytes.readableBytesView) }
        }

        func channelInactive(context: ChannelHandlerContext) {
            inbox.update { $0.hasEnded = true }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            context.close(promise: nil)
        }
    }
}
