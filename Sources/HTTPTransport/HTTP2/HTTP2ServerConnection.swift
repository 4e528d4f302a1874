import Logging
import NIOCore
import NIOHTTP1

/// One accepted HTTP/2 connection: streams in, one task for each request, their answers out side by side.
///
/// `@unchecked Sendable`: touched on the connection's event loop only. The requests' tasks run there too.
final class HTTP2ServerConnection: ChannelInboundHandler, RemovableChannelHandler, @unchecked Sendable {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    enum Phase: Equatable {
        /// The client's preface is not complete.
        case opening
        case open
        /// The first of two GOAWAYs is sent; streams on their way are still taken.
        case announcing
        /// The last GOAWAY is sent; streams go on to their end.
        case draining
        /// Nothing more is served; input is thrown away until the client has read what was sent and closes.
        case lingering
        case closed
    }

    /// Input is read in slices, so that what one of them brings is dealt with before the next.
    private static let sliceBytes = 16 << 10
    /// How many control frames may wait for a client that reads nothing.
    private static let maximumQueuedFrames = 2_000

    let server: ServerLoop
    let session: HTTP2Session
    var context: ChannelHandlerContext?
    var phase = Phase.opening
    var streams: [Int32: HTTP2ServerStream] = [:]
    /// Tasks that run; those of streams that are gone may take a while to end.
    private var runningTasks = 0
    /// Streams to be reset once what they have given has been sent as far as possible.
    private var failedStreams: [Int32] = []
    private var flood: HTTP2FloodGuard
    private var isHandlingInput = false
    var isPumping = false
    var hasUnflushed = false
    var timer = ConnectionTimer()
    /// What ends the connection as such: preface, idleness, a block of fields, the drain's first part.
    var deadline: NIODeadline?
    /// The socket takes in nothing since before this moment less the write timeout.
    var writeDeadline: NIODeadline?
    /// Bytes in the channel when `writeDeadline` was set.
    var unsentThen = 0
    /// Of all requests so far.
    private(set) var receivedBodyBytes = 0
    let origin: ConnectionOrigin

    var configuration: HTTPServerConfiguration { server.shared.configuration }
    private var isServing: Bool { phase == .open || phase == .announcing || phase == .draining }

    init(on server: ServerLoop, from origin: ConnectionOrigin) throws(TransportError) {
        self.server = server
        self.origin = origin
        let configuration = server.shared.configuration
        var limits = HTTP2Session.Limits()
        limits.concurrentStreams = configuration.http2.maximumConcurrentStreams
        limits.headerBytes = configuration.maximumHeaderBytes
        limits.headerCount = configuration.maximumHeaderCount
        session = try HTTP2Session(.server, limits: limits)
        flood = HTTP2FloodGuard(configuration.http2.floods)
    }

    // MARK: Channel events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { opened(context) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        opened(context)
        context.fireChannelActive()
    }

    private func opened(_ context: ChannelHandlerContext) {
        setDeadline(.after(configuration.headerTimeout))
        pump()
        flush()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard phase != .lingering && phase != .closed else { return }
        var rest = unwrapInboundIn(data)
        isHandlingInput = true
        while phase != .lingering && phase != .closed,
            let slice = rest.readSlice(length: min(rest.readableBytes, Self.sliceBytes)), slice.readableBytes > 0
        {
            receive(slice)
        }
        isHandlingInput = false
        pump()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        flush()
        context.fireChannelReadComplete()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable {
            writeDeadline = nil
            send()
        } else if writeDeadline == nil {
            awaitSocket(context)
        }
        context.fireChannelWritabilityChanged()
    }

    /// The socket must take in more within the write timeout.
    func awaitSocket(_ context: ChannelHandlerContext) {
        let deadline = NIODeadline.after(configuration.writeTimeout)
        writeDeadline = deadline
        unsentThen = context.channel.unsentBytes
        wake(at: deadline)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        close()
        context.fireChannelInactive()
    }

    /// The connection is gone: its tasks end.
    private func close() {
        phase = .closed
        timer.cancel()
        endStreams()
    }

    func endStreams() {
        let ended = streams.values
        streams = [:]
        for stream in ended { stream.closed(.cancel) }
    }

    // MARK: Input

    private func receive(_ slice: ByteBuffer) {
        let wasInBlock = session.isInHeaderBlock
        do {
            try session.receive(slice)
        } catch {
            log(error.message)
            return fail()
        }
        guard chargeFrames() else { return }
        handleEvents()
        guard phase != .lingering && phase != .closed else { return }
        if session.isInHeaderBlock && !wasInBlock {
            // Its end resets the deadline; further frames of the block do not move it.
            setDeadline(.after(configuration.headerTimeout))
        } else if wasInBlock && !session.isInHeaderBlock {
            becameIdleOrBusy()
        }
    }

    /// - Returns: whether the client stays within its budgets; otherwise the connection ends.
    private func chargeFrames() -> Bool {
        if session.queuedFrames > Self.maximumQueuedFrames {
            calm("queued")
            return false
        }
        guard !session.counts.isEmpty else { return true }
        let counts = session.counts
        session.counts = HTTP2FrameCounts()
        if let kind = flood.charge(counts, sentDataFrames: session.sentDataFrames, at: .now()) {
            calm(kind)
            return false
        }
        return true
    }

    private func calm(_ kind: String) {
        log("too many frames: \(kind)")
        session.terminate(.enhanceYourCalm)
        fail()
    }

    func log(_ cause: String) {
        server.shared.logger.debug("HTTP/2 connection ended", metadata: ["error.cause": "\(cause)"])
    }

    private func handleEvents() {
        while phase != .lingering && phase != .closed, let event = session.takeEvent() {
            switch event {
            case .headers(let block): blockReceived(block)
            case .data(let number, let bytes):
                receivedBodyBytes &+= bytes.readableBytes
                if let stream = streams[number] {
                    stream.received(bytes)
                } else {
                    session.consume(bytes.readableBytes, on: number)
                }
            case .inputEnded(let number): streams[number]?.inputEnded()
            case .closed(let number, let code): streamClosed(number, code)
            case .outputEndedFirst(let number): streams[number]?.outputEndedFirst()
            case .outputDrained(let number): streams[number]?.outputDrained()
            case .settingsReceived:
                if phase == .opening {
                    phase = .open
                    becameIdleOrBusy()
                    if server.isDraining { drain() }
                }
            case .pingAcknowledged: announced()
            case .settingsAcknowledged: break
            case .goAway: if streams.isEmpty { end(.noError) }
            }
        }
    }

    private func blockReceived(_ block: HTTP2HeaderBlock) {
        guard block.kind == .request else {
            streams[block.stream]?.receivedTrailers(block)
            return
        }
        // The same slice may have brought the client's reset.
        guard isServing, session.isOpen(block.stream) else { return }
        guard runningTasks < 2 * configuration.http2.maximumConcurrentStreams else {
            // Tasks of streams that were reset do not end as fast as new ones come.
            return session.reset(block.stream, .refusedStream)
        }
        let stream = HTTP2ServerStream(block.stream, on: self)
        streams[block.stream] = stream
        if deadline != nil && phase != .announcing { deadline = nil }
        stream.received(block)
    }

    private func streamClosed(_ number: Int32, _ code: HTTP2ErrorCode) {
        guard let stream = streams.removeValue(forKey: number) else { return }
        stream.closed(code)
        if streams.isEmpty { becameIdleOrBusy() }
    }

    /// Sets the connection's own deadline by what it waits for.
    func becameIdleOrBusy() {
        guard phase == .open || phase == .draining, !session.isInHeaderBlock else { return }
        if !streams.isEmpty {
            deadline = nil
        } else if phase == .draining {
            end(.noError)
        } else {
            setDeadline(.after(configuration.idleTimeout))
        }
    }

    // MARK: Output

    /// Sends what streams have given, unless input is being read: then at its end, all together.
    func send() {
        guard !isHandlingInput, !isPumping else { return }
        pump()
        flush()
    }

    /// Writes what nghttp2 has to send, as far as the socket takes it.
    private func pump() {
        guard !isPumping, phase != .closed, let context else { return }
        isPumping = true
        do {
            try write(context)
            if !failedStreams.isEmpty {
                for stream in failedStreams { session.reset(stream, .internalError) }
                failedStreams = []
                try write(context)
            }
        } catch {
            log(error.message)
            isPumping = false
            context.close(promise: nil)
            return
        }
        isPumping = false
        if phase != .lingering && phase != .closed && session.isOver { linger() }
    }

    private func write(_ context: ChannelHandlerContext) throws(TransportError) {
        while context.channel.isWritable, let bytes = try session.takeOutput() {
            hasUnflushed = true
            context.write(wrapOutboundOut(bytes), promise: nil)
            handleEvents()
        }
        handleEvents()
    }

    /// Ends a stream without a clean end of its answer, behind what the answer has so far.
    func cutOff(_ stream: Int32) {
        failedStreams.append(stream)
        send()
    }

    private func flush() {
        guard hasUnflushed else { return }
        hasUnflushed = false
        context?.flush()
    }
}

// MARK: - Requests

extension HTTP2ServerConnection {
    /// Runs `stream`'s task. Cancelled when the stream or the connection ends.
    func start(_ stream: HTTP2ServerStream, _ request: HTTPRequest) -> Task<Void, Never> {
        runningTasks += 1
        return Task.immediate(executorPreference: server.executor) {
            do {
                let writer = HTTPResponseWriter(
                    stream, compression: self.server.compression(accepting: stream.acceptEncoding))
                try await self.server.shared.responder.respond(to: request, writer: writer)
                stream.taskEnded(nil)
            } catch {
                stream.taskEnded(error)
            }
            self.runningTasks -= 1
        }
    }
}
