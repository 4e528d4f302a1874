import CNGHTTP2
import NIOCore
import NIOPosix
import Synchronization

@testable import HTTPTransport

/// One end of an HTTP/2 connection on loopback, driven frame by frame by a test.
///
/// Unless told otherwise it acknowledges SETTINGS by itself; everything else is the test's to send.
final class RawHTTP2Peer: Sendable {
    let channel: any Channel
    private let inbox: FrameInbox

    private init(channel: any Channel, inbox: FrameInbox) {
        self.channel = channel
        self.inbox = inbox
    }

    /// Dials a port on 127.0.0.1, and sends the client's preface with these settings unless they are nil.
    static func connect(
        to port: Int, settings: [(id: UInt16, value: UInt32)]? = [], acknowledges: Bool = true,
        receiveBuffer: Int? = nil, autoRead: Bool = true, tls: TLSContext? = nil
    ) async throws -> RawHTTP2Peer {
        let inbox = FrameInbox()
        // Sent as soon as it can be: nothing may come before, such as the answer to the server's SETTINGS.
        let greeting = settings.map { RawFrame.preface + RawFrame.settings($0).bytes() } ?? []
        var bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.autoRead, value: autoRead)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls { try pipeline.addHandler(TLSHandler(TLSSession.client(tls, host: "localhost"))) }
                    let handler = FrameHandler(inbox, acknowledges: acknowledges)
                    handler.greeting = greeting
                    try pipeline.addHandler(handler)
                }
            }
        if let receiveBuffer {
            bootstrap = bootstrap.channelOption(.socketOption(.so_rcvbuf), value: .init(receiveBuffer))
        }
        let channel = try await bootstrap.connect(host: "127.0.0.1", port: port).get()
        // With TLS only the handshake's end lets it leave, and whatever was written meanwhile would leave before.
        await inbox.greeted.wait()
        return RawHTTP2Peer(channel: channel, inbox: inbox)
    }

    /// The server's end of a connection that was accepted: the client's preface is taken off, and these settings are
    /// sent unless they are nil.
    static func accepted(
        on channel: any Channel, settings: [(id: UInt16, value: UInt32)]? = []
    ) throws -> RawHTTP2Peer {
        let inbox = FrameInbox()
        let handler = FrameHandler(inbox, acknowledges: settings != nil, skips: RawFrame.preface.count)
        if let settings { handler.greeting = RawFrame.settings(settings).bytes() }
        try channel.pipeline.syncOperations.addHandler(handler)
        return RawHTTP2Peer(channel: channel, inbox: inbox)
    }

    /// Sends the frames with one write for each byte.
    func sendByteByByte(_ frames: RawFrame...) async throws {
        for byte in frames.flatMap({ $0.bytes() }) { try await send([byte]) }
    }

    /// The client's next request; nil when the connection ended.
    func request() async -> RawFrame? { await next(RawFrame.Kind.headers) }

    func send(_ bytes: [UInt8]) async throws {
        try await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get()
    }

    /// Sends the frames with one write.
    func send(_ frames: RawFrame...) async throws {
        try await send(frames.flatMap { $0.bytes() })
    }

    /// The next frame; nil when the connection ended.
    func next() async -> RawFrame? { await inbox.next() }

    /// The next frame of interest, throwing away those before; nil when the connection ended first.
    func next(_ isWanted: (RawFrame) -> Bool) async -> RawFrame? {
        while let frame = await next() {
            if isWanted(frame) { return frame }
        }
        return nil
    }

    func next(_ kind: UInt8) async -> RawFrame? { await next { $0.kind == kind } }

    /// The error code of the GOAWAY that comes next but for other frames; nil when the connection ended without.
    func goAway() async -> UInt32? { await next(RawFrame.Kind.goAway)?.errorCode }

    /// The error code of the stream's RST_STREAM.
    func reset(_ stream: UInt32) async -> UInt32? {
        await next { $0.kind == RawFrame.Kind.reset && $0.stream == stream }?.errorCode
    }

    struct Answer: Equatable, Sendable {
        var status = ""
        var fields: [String: String] = [:]
        var body = ""
        var trailers: [String: String] = [:]
        /// The code of RST_STREAM, when one came before the end.
        var reset: UInt32?
        var isComplete = false
    }

    /// One stream's answer up to its end, its reset or the connection's end; other streams' frames are thrown away.
    func answer(_ stream: UInt32) async -> Answer {
        var answer = Answer()
        while !answer.isComplete, answer.reset == nil, let frame = await next({ $0.stream == stream }) {
            answer.add(frame)
        }
        return answer
    }

    /// The answers of several streams, whose frames may come in any order.
    func answers(_ streams: [UInt32]) async -> [UInt32: Answer] {
        var answers: [UInt32: Answer] = [:]
        var open = Set(streams)
        while !open.isEmpty, let frame = await next() {
            guard open.contains(frame.stream) else { continue }
            answers[frame.stream, default: Answer()].add(frame)
            let answer = answers[frame.stream, default: Answer()]
            if answer.isComplete || answer.reset != nil { open.remove(frame.stream) }
        }
        return answers
    }

    /// Waits for the connection's end.
    func waitUntilClosed() async {
        while await next() != nil {}
    }

    func close() async {
        try? await channel.close().get()
    }

    /// Resets the connection.
    func reset() async {
        channel.resetOnClose()
        await close()
    }
}

extension RawHTTP2Peer.Answer {
    mutating func add(_ frame: RawFrame) {
        switch frame.kind {
        case RawFrame.Kind.headers, RawFrame.Kind.continuation:
            if let status = frame.fields[":status"] {
                self.status += status
                fields = frame.fields
            } else {
                trailers.merge(frame.fields) { $1 }
            }
        case RawFrame.Kind.data: body += frame.text
        case RawFrame.Kind.reset: reset = frame.errorCode
        default: break
        }
        if frame.endsStream { isComplete = true }
    }
}

/// The frames that a connection received.
private final class FrameInbox: Sendable {
    private struct State {
        var frames: [RawFrame] = []
        var hasEnded = false
        var waiter: CheckedContinuation<RawFrame?, Never>?
    }

    private let state = Mutex(State())
    /// The greeting is on its way, or the connection has ended.
    let greeted = Event()

    func next() async -> RawFrame? {
        await withCheckedContinuation { continuation in
            update { $0.waiter = continuation }
        }
    }

    func append(_ frame: RawFrame) { update { $0.frames.append(frame) } }
    func end() {
        update { $0.hasEnded = true }
        greeted.happened()
    }

    private func update(_ change: (inout State) -> Void) {
        let resume: (() -> Void)? = state.withLock { state in
            change(&state)
            guard let waiter = state.waiter, !state.frames.isEmpty || state.hasEnded else { return nil }
            let frame = state.frames.isEmpty ? nil : state.frames.removeFirst()
            state.waiter = nil
            return { waiter.resume(returning: frame) }
        }
        resume?()
    }
}

/// Takes frames apart.
private final class FrameHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    private let inbox: FrameInbox
    private let acknowledges: Bool
    /// Bytes before the first frame.
    private var skipped: Int
    /// Sent before anything else.
    var greeting: [UInt8] = []
    private var bytes = ByteBuffer()
    private let inflater: OpaquePointer?
    private var fields: [String: String] = [:]

    init(_ inbox: FrameInbox, acknowledges: Bool, skips: Int = 0) {
        self.inbox = inbox
        self.acknowledges = acknowledges
        skipped = skips
        var inflater: OpaquePointer?
        nghttp2_hd_inflate_new(&inflater)
        self.inflater = inflater
    }

    deinit { nghttp2_hd_inflate_del(inflater) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        bytes.writeImmutableBuffer(unwrapInboundIn(data))
        guard bytes.readableBytes >= skipped else { return }
        bytes.moveReaderIndex(forwardBy: skipped)
        skipped = 0
        while let frame = nextFrame() {
            if acknowledges && frame.kind == RawFrame.Kind.settings && !frame.isAck {
                context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: RawFrame.settingsAck.bytes())), promise: nil)
            }
            inbox.append(frame)
        }
    }

    func channelActive(context: ChannelHandlerContext) {
        if !greeting.isEmpty { context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: greeting)), promise: nil) }
        inbox.greeted.happened()
    }

    func channelInactive(context: ChannelHandlerContext) { inbox.end() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func nextFrame() -> RawFrame? {
        let start = bytes.readerIndex
        guard let high = bytes.getInteger(at: start, as: UInt8.self),
            let low = bytes.getInteger(at: start + 1, as: UInt16.self),
            let kind = bytes.getInteger(at: start + 3, as: UInt8.self),
            let flags = bytes.getInteger(at: start + 4, as: UInt8.self),
            let stream = bytes.getInteger(at: start + 5, as: UInt32.self),
            let payload = bytes.getBytes(at: start + 9, length: Int(high) << 16 | Int(low))
        else { return nil }
        bytes.moveReaderIndex(forwardBy: 9 + payload.count)
        bytes.discardReadBytes()
        var frame = RawFrame(kind: kind, flags: flags, stream: stream & 0x7fff_ffff, payload: payload)
        if kind == RawFrame.Kind.headers || kind == RawFrame.Kind.continuation { inflate(&frame) }
        return frame
    }

    /// Servers under test send neither padding nor priorities.
    private func inflate(_ frame: inout RawFrame) {
        let isLast = frame.flags & RawFrame.Flag.endHeaders != 0
        var rest = frame.payload[...]
        while true {
            var field = nghttp2_nv()
            var flags: Int32 = 0
            let used = rest.withUnsafeBufferPointer {
                nghttp2_hd_inflate_hd2(inflater, &field, &flags, $0.baseAddress, $0.count, isLast ? 1 : 0)
            }
            guard used >= 0 else { return }
            rest = rest.dropFirst(used)
            if UInt32(flags) & NGHTTP2_HD_INFLATE_EMIT.rawValue != 0 {
                let name = String(decoding: UnsafeBufferPointer(start: field.name, count: field.namelen), as: UTF8.self)
                let value = String(
                    decoding: UnsafeBufferPointer(start: field.value, count: field.valuelen), as: UTF8.self)
                fields[name] = fields[name].map { $0 + ", " + value } ?? value
            }
            if UInt32(flags) & NGHTTP2_HD_INFLATE_FINAL.rawValue != 0 {
                nghttp2_hd_inflate_end_headers(inflater)
                frame.fields = fields
                fields = [:]
                return
            }
            if UInt32(flags) & NGHTTP2_HD_INFLATE_EMIT.rawValue == 0 && rest.isEmpty { return }
        }
    }
}
