import NIOCore
import NIOHTTP1

/// One upstream connection of HTTP/2: many exchanges side by side, a stream each.
///
/// `@unchecked Sendable`: `loop`, `configuration` and `authority` are constant; everything else is touched on the loop
/// only.
final class HTTP2ClientConnection: ChannelInboundHandler, PooledConnection, @unchecked Sendable {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Input is read in slices, so that what one of them brings is dealt with before the next.
    private static let sliceBytes = 16 << 10
    /// How many control frames may wait for a server that reads nothing.
    private static let maximumQueuedFrames = 2_000

    let loop: any EventLoop
    let configuration: HTTPClientConfiguration
    let scheme: String
    /// What requests say in `:authority`.
    let authority: String
    let session: HTTP2Session
    /// Nil once the connection is closed or broken.
    private(set) var pool: TargetPool?
    private(set) var failure: TransportError?
    private(set) var context: ChannelHandlerContext?
    /// Those that nghttp2 knows, or will.
    private(set) var streams: [Int32: HTTP2ClientStream] = [:]
    let id = ConnectionID.next()
    /// Of places that nobody has.
    var freeInfos: [ConnectionInfo] = []
    /// Places that are lent.
    var places = 0
    /// The server's SETTINGS have come, which complete its preface.
    private(set) var hasSettings = false
    /// Takes no further streams; ends with the last one.
    var isRetired = false
    private(set) var hasAnswered = false
    /// Why the server said goodbye.
    private var goodbye: HTTP2ErrorCode?
    private(set) var receivedBytes = 0
    private var flood: HTTP2FloodGuard
    /// Streams that a read brought something for.
    private var served: [HTTP2ClientStream] = []
    private var isHandlingInput = false
    private var isPumping = false
    private var hasUnflushed = false
    var timer = ConnectionTimer()
    /// What ends the connection while nobody uses it.
    var idleDeadline: NIODeadline?
    /// What ends it when no SETTINGS come.
    var setupDeadline: NIODeadline?

    init(on loop: any EventLoop, configuration: HTTPClientConfiguration, pool: TargetPool) throws(TransportError) {
        self.loop = loop
        self.configuration = configuration
        self.pool = pool
        scheme = pool.target.tls == nil ? "http" : "https"
        authority = pool.target.authority ?? pool.target.address.description
        flood = HTTP2FloodGuard(configuration.http2.floods)
        var limits = HTTP2Session.Limits()
        limits.streamWindow = max(1, min(configuration.maximumBufferedBytes, Int(Int32.max)))
        limits.headerBytes = configuration.maximumHeaderBytes
        limits.headerCount = configuration.maximumHeaderCount
        session = try HTTP2Session(.client, limits: limits)
    }

    // MARK: Channel events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        send()
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard pool != nil else { return }
        var rest = unwrapInboundIn(data)
        receivedBytes &+= rest.readableBytes
        isHandlingInput = true
        while pool != nil, let slice = rest.readSlice(length: min(rest.readableBytes, Self.sliceBytes)),
            slice.readableBytes > 0
        {
            receive(slice)
        }
        isHandlingInput = false
        pump()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        serveReaders()
        flush()
        context.fireChannelReadComplete()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { send() }
        context.fireChannelWritabilityChanged()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail(error as? TransportError ?? HTTP2ClientStream.closedEarly(error))
    }

    func channelInactive(context: ChannelHandlerContext) {
        var cause: (any Error)?
        if let goodbye, goodbye != .noError { cause = HTTP2Goodbye(code: goodbye) }
        fail(HTTP2ClientStream.closedEarly(cause))
        timer.cancel()
        context.fireChannelInactive()
    }

    // MARK: Input

    private func receive(_ slice: ByteBuffer) {
        var violation: TransportError?
        do {
            try session.receive(slice)
        } catch {
            violation = error
        }
        guard chargeFrames() else { return }
        // What came before the fault is valid.
        handleEvents()
        if let violation { fail(violation) }
    }

    /// - Returns: whether the server stays within its budgets; otherwise the connection ends.
    private func chargeFrames() -> Bool {
        var kind: String?
        if session.queuedFrames > Self.maximumQueuedFrames { kind = "queued" }
        if kind == nil, !session.counts.isEmpty {
            let counts = session.counts
            session.counts = HTTP2FrameCounts()
            kind = flood.charge(counts, sentDataFrames: session.sentDataFrames, at: .now())
        }
        guard let kind else { return true }
        session.terminate(.enhanceYourCalm)
        fail(
            TransportError(.protocolViolation, .upstream, isRetryable: true, "HTTP/2: too many frames: \(kind)"))
        return false
    }

    private func handleEvents() {
        while pool != nil, let event = session.takeEvent() {
            switch event {
            case .headers(let block):
                hasAnswered = true
                streams[block.stream]?.received(block)
            case .data(let number, let bytes):
                // A stream that nobody reads must not hold the others back.
                session.consumeConnection(bytes.readableBytes)
                streams[number]?.received(bytes)
            case .inputEnded(let number): streams[number]?.inputEnded()
            case .closed(let number, let code): streamClosed(number, code)
            case .outputDrained(let number): streams[number]?.outputDrained()
            case .settingsReceived: settingsReceived()
            case .goAway(_, let code):
                goodbye = code
                retire()
            case .settingsAcknowledged, .pingAcknowledged, .outputEndedFirst: break
            }
        }
    }

    private func settingsReceived() {
        if !hasSettings {
            hasSettings = true
            setupDeadline = nil
        }
        pool?.learned(self)
    }

    private func streamClosed(_ number: Int32, _ code: HTTP2ErrorCode) {
        let isByPeer = session.peerResets.remove(number) != nil
        guard let stream = streams.removeValue(forKey: number) else { return }
        if isByPeer && code == .http11Required {
            pool?.needsHTTP1()
            retire()
        }
        stream.closed(code, isByPeer: isByPeer)
    }

    /// A read brought something for a stream; its reader gets it at the read's end.
    func serve(_ stream: HTTP2ClientStream) {
        served.append(stream)
    }

    /// Gives readers what one read brought: all of it together.
    private func serveReaders() {
        guard !served.isEmpty else { return }
        let served = served
        self.served.removeAll(keepingCapacity: true)
        for stream in served { stream.serveReader() }
    }

    // MARK: Output

    /// Sends what streams have given, unless input is being read: then at its end, all together.
    func send() {
        guard !isHandlingInput, !isPumping, session.wantsToSend else { return }
        pump()
        flush()
    }

    /// Writes what nghttp2 has to send, as far as the socket takes it.
    private func pump() {
        guard !isPumping, pool != nil, let context else { return }
        isPumping = true
        do {
            while pool != nil, context.channel.isWritable, let bytes = try session.takeOutput() {
                hasUnflushed = true
                context.write(wrapOutboundOut(bytes), promise: nil)
                handleEvents()
            }
            handleEvents()
        } catch {
            fail(error)
        }
        isPumping = false
        guard pool != nil, session.isOver else { return }
        fail(goodbye == nil ? session.violation : HTTP2ClientStream.closedEarly(nil))
    }

    private func flush() {
        guard hasUnflushed else { return }
        hasUnflushed = false
        context?.flush()
    }

    // MARK: Streams

    /// Opens a stream. Its head, and what there is of its body, leave with the next ``send()``.
    func submit(_ stream: HTTP2ClientStream, _ request: HTTPClientRequest) throws(TransportError) {
        guard request.method != .CONNECT else {
            throw TransportError(.invalidMessage, .gateway, "CONNECT is not for HTTP/2")
        }
        var headers = request.headers
        // The body follows in any case; a server that wants to refuse it answers at once.
        if headers.contains(name: "expect") { headers.remove(name: "expect") }
        if request.acceptsCompression && !headers.contains(name: "accept-encoding") {
            headers.add(name: "accept-encoding", value: ContentCoding.acceptable)
        }
        var head = HTTP2Session.OutboundHead(headers: headers)
        var body: HTTP2OutboundBody?
        if let upload = request.stream {
            head.contentLength = upload.length
            body = HTTP2OutboundBody()
        } else if request.body.readableBytes > 0 {
            head.contentLength = request.body.readableBytes
            body = HTTP2OutboundBody(request.body, isEnded: true)
        } else if request.method.hasBodyByNature {
            head.contentLength = 0
        }
        let number = try session.submitRequest(
            method: request.method, scheme: scheme, authority: headers.first(name: "host") ?? authority,
            path: request.target, head, body: body)
        stream.submitted(number, body)
        streams[number] = stream
        // It may end by a reset of the server, or by one for its faults.
        flood.credit(resets: 2)
    }

    /// Ends a stream that is not over.
    func reset(_ stream: HTTP2ClientStream, _ code: HTTP2ErrorCode) {
        guard pool != nil else { return }
        session.reset(stream.number, code)
        // What waits for the server to allow more streams may wait for long.
        if !session.isOpen(stream.number), streams.removeValue(forKey: stream.number) != nil {
            stream.closed(code, isByPeer: false)
        }
        send()
    }

    // MARK: Ends

    /// Closes the connection; whoever waits gets `error`. Responses that are complete stay readable.
    func fail(_ error: TransportError) {
        guard let pool else { return }
        self.pool = nil
        failure = error
        let broken = streams.values
        streams = [:]
        for stream in broken { stream.connectionFailed(error) }
        // A read that closes the channel has no end of its own.
        serveReaders()
        // Where a GOAWAY with a reason waits already, this one is left out.
        session.terminate(.noError)
        if let context, context.channel.isActive {
            if let bytes = try? session.takeOutput() { context.write(wrapOutboundOut(bytes), promise: nil) }
            context.flush()
        }
        pool.closed(self)
        context?.close(promise: nil)
    }
}

/// The reason that a server gave before it closed.
private struct HTTP2Goodbye: Error, CustomStringConvertible {
    let code: HTTP2ErrorCode
    var description: String { "GOAWAY \(code)" }
}
