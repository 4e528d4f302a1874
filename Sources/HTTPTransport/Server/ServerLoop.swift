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

    init(
        configuration: HTTPServerConfiguration, responder: any HTTPResponder,
        webSocket: (@Sendable (WebSocket) async -> Void)?, logger: Logger
    ) {
        self.configuration = configuration
        self.responder = responder
        self.webSocket = webSocket
        self.logger = logger
    }
}

/// A connection as its loop's bookkeeping sees it, whatever it speaks.
protocol DrainableConnection: AnyObject {
    /// Lets no further request begin, and ends the connection after those that run.
    func drain()

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
    private(set) var isDraining = false
    private var connections: [ObjectIdentifier: any DrainableConnection] = [:]

    init(shared: ServerShared, executor: LoopExecutor) {
        self.shared = shared
        self.executor = executor
    }

    /// Sets up an accepted connection. Runs on its loop.
    func accept(_ channel: any Channel) -> EventLoopFuture<Void> {
        let count = shared.connectionCount.wrappingAdd(1, ordering: .relaxed).newValue
        let isAdmitted = count <= shared.configuration.maximumConnections && !isDraining
        guard isAdmitted else {
            shared.connectionCount.wrappingSubtract(1, ordering: .relaxed)
            shared.logger.debug("Connection refused", metadata: ["server.connections": "\(count)"])
            return channel.close()
        }
        channel.closeFuture.whenComplete { _ in
            self.connections[ObjectIdentifier(channel)] = nil
            self.shared.connectionCount.wrappingSubtract(1, ordering: .relaxed)
        }
        return channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            var tlsHandler: TLSHandler?
            if let tls = shared.configuration.tls {
                let session = try TLSSession.server(tls, acceptsHTTP2: shared.configuration.http2.isEnabled)
                let handler = TLSHandler(session, handshakeTimeout: shared.configuration.headerTimeout)
                try pipeline.addHandler(handler)
                tlsHandler = handler
            }
            if shared.configuration.http2.isEnabled {
                let chooser = ProtocolChooser(on: self, tls: tlsHandler)
                connections[ObjectIdentifier(channel)] = chooser
                try pipeline.addHandler(chooser)
            } else {
                try addHTTP1(to: channel)
            }
        }
    }

    /// Ends a channel's pipeline with HTTP/1.1.
    func addHTTP1(to channel: any Channel) throws {
        let connection = ServerConnection(on: self)
        connections[ObjectIdentifier(channel)] = connection
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = shared.configuration.maximumHeaderBytes
        limits.maxHeaderListSize = shared.configuration.maximumHeaderBytes
        limits.maxHeaderFieldCount = shared.configuration.maximumHeaderCount
        let decoder = HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: limits)
        try channel.pipeline.syncOperations.addHandlers([ByteToMessageHandler(decoder), connection])
    }

    /// Ends a channel's pipeline with HTTP/2.
    func addHTTP2(to channel: any Channel) throws {
        let connection = try HTTP2ServerConnection(on: self)
        connections[ObjectIdentifier(channel)] = connection
        try channel.pipeline.syncOperations.addHandler(connection)
    }

    /// Lets no further request begin.
    func drain() {
        isDraining = true
        for connection in connections.values { connection.drain() }
    }

    /// Ends what is left.
    func cut() {
        for connection in connections.values { connection.cut() }
    }
}
