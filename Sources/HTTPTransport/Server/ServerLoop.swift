import Logging
import NIOCore
import NIOHTTP1
import Synchronization

/// What all connections of one server share.
final class ServerShared: Sendable {
    let configuration: HTTPServerConfiguration
    let responder: any HTTPResponder
    let webSocket: (@Sendable (WebSocket) async -> Void)?
    let logger: Logger
    /// Open connections; decides about accepting another one.
    let connectionCount = Atomic<Int>(0)
    let addresses: AddressCounts
    let memory: MemoryBudget
    /// Whether the grace of shutting down is given up.
    let isHurried = Atomic<Bool>(false)

    init(
        configuration: HTTPServerConfiguration, responder: any HTTPResponder,
        webSocket: (@Sendable (WebSocket) async -> Void)?, logger: Logger
    ) {
        self.configuration = configuration
        self.responder = responder
        self.webSocket = webSocket
        self.logger = logger
        addresses = AddressCounts(limit: configuration.maximumConnectionsPerAddress)
        memory = MemoryBudget(bytes: configuration.maximumMemoryInFlight)
    }
}

/// A connection as its loop's bookkeeping sees it, whatever it speaks.
protocol DrainableConnection: AnyObject {
    /// Lets no further request begin, and ends the connection after those that run.
    func drain()

    /// The time for those that run is over: their tasks are cancelled, and may still say so to the client.
    func expire()

    /// Ends the connection.
    func cut()
}

/// One server's connections on one event loop.
///
/// `@unchecked Sendable`: `shared` and `executor` are constant; everything else is touched on the loop only.
final class ServerLoop: @unchecked Sendable {
    let shared: ServerShared
    let executor: LoopExecutor
    var date = HTTPDate()
    let encoders = EncoderPool()
    private(set) var isDraining = false
    /// The server's patience with requests under way is over.
    private(set) var isExpired = false
    private var connections: [ObjectIdentifier: any DrainableConnection] = [:]

    init(shared: ServerShared, executor: LoopExecutor) {
        self.shared = shared
        self.executor = executor
    }

    /// Sets up an accepted connection. Runs on its loop.
    func accept(_ channel: any Channel) -> EventLoopFuture<Void> {
        let configuration = shared.configuration
        let origin = ConnectionOrigin(
            channel.remoteAddress, proxies: configuration.trustedProxies, isTLS: configuration.tls != nil)
        let count = shared.connectionCount.wrappingAdd(1, ordering: .relaxed).newValue
        let isAdmitted =
            count <= configuration.maximumConnections && !isDraining
            && (configuration.usesProxyProtocol ? origin.isTrustedProxy : countsIn(origin, channel))
        guard isAdmitted else {
            shared.connectionCount.wrappingSubtract(1, ordering: .relaxed)
            shared.logger.debug("Connection refused", metadata: ["server.connections": "\(count)"])
            return channel.close()
        }
        channel.closeFuture.whenComplete { _ in
            self.connections[ObjectIdentifier(channel)] = nil
            self.shared.connectionCount.wrappingSubtract(1, ordering: .relaxed)
        }
        return channel.eventLoop.makeCompletedFuture { try setUp(channel, origin) }
    }

    private func setUp(_ channel: any Channel, _ origin: ConnectionOrigin) throws {
        let configuration = shared.configuration
        let pipeline = channel.pipeline.syncOperations
        if configuration.usesProxyProtocol {
            let handler = ProxyProtocolHandler(timeout: configuration.headerTimeout) { header in
                origin.replace(header.source)
                return header.source == nil || self.countsIn(origin, channel)
            }
            try pipeline.addHandler(handler)
        }
        var tlsHandler: TLSHandler?
        if let tls = configuration.tls {
            let session = try TLSSession.server(tls.current, acceptsHTTP2: configuration.http2.isEnabled)
            let handler = TLSHandler(session, handshakeTimeout: configuration.headerTimeout)
            try pipeline.addHandler(handler)
            tlsHandler = handler
        }
        if configuration.http2.isEnabled {
            let chooser = ProtocolChooser(on: self, from: origin, tls: tlsHandler)
            connections[ObjectIdentifier(channel)] = chooser
            try pipeline.addHandler(chooser)
        } else {
            try addHTTP1(to: channel, from: origin)
        }
    }

    /// - Returns: whether the client may have another connection, which then counts until it closes.
    private func countsIn(_ origin: ConnectionOrigin, _ channel: any Channel) -> Bool {
        guard case .address(let address) = origin.peer, !origin.isTrustedProxy else { return true }
        guard let client = shared.addresses.enter(address) else { return false }
        channel.closeFuture.whenComplete { _ in self.shared.addresses.leave(client) }
        return true
    }

    /// Ends a channel's pipeline with HTTP/1.1.
    func addHTTP1(to channel: any Channel, from origin: ConnectionOrigin) throws {
        let connection = ServerConnection(on: self, from: origin)
        connections[ObjectIdentifier(channel)] = connection
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = shared.configuration.maximumHeaderBytes
        limits.maxHeaderListSize = shared.configuration.maximumHeaderBytes
        limits.maxHeaderFieldCount = shared.configuration.maximumHeaderCount
        let decoder = HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: limits)
        try channel.pipeline.syncOperations.addHandlers([ByteToMessageHandler(decoder), connection])
    }

    /// Ends a channel's pipeline with HTTP/2.
    func addHTTP2(to channel: any Channel, from origin: ConnectionOrigin) throws {
        let connection = try HTTP2ServerConnection(on: self, from: origin)
        connections[ObjectIdentifier(channel)] = connection
        try channel.pipeline.syncOperations.addHandler(connection)
    }

    /// Lets no further request begin.
    func drain() {
        isDraining = true
        for connection in connections.values { connection.drain() }
    }

    /// Gives those that run a last moment.
    func expire() {
        isExpired = true
        for connection in connections.values { connection.expire() }
    }

    /// Ends what is left.
    func cut() {
        for connection in connections.values { connection.cut() }
    }
}
