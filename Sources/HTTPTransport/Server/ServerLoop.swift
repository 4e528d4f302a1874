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

/// One server's connections on one event loop.
///
/// `@unchecked Sendable`: `shared` and `executor` are constant; everything else is touched on the loop only.
final class ServerLoop: @unchecked Sendable {
    let shared: ServerShared
    let executor: LoopExecutor
    var date = HTTPDate()
    private(set) var isDraining = false
    private var connections: [ObjectIdentifier: ServerConnection] = [:]

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
        return channel.eventLoop.makeCompletedFuture {
            let connection = ServerConnection(on: self)
            let id = ObjectIdentifier(connection)
            connections[id] = connection
            channel.closeFuture.whenComplete { _ in
                self.connections[id] = nil
                self.shared.connectionCount.wrappingSubtract(1, ordering: .relaxed)
            }
            var limits = NIOHTTPDecoderLimitConfiguration()
            limits.maxHeaderFieldSize = shared.configuration.maximumHeaderBytes
            limits.maxHeaderListSize = shared.configuration.maximumHeaderBytes
            limits.maxHeaderFieldCount = shared.configuration.maximumHeaderCount
            let decoder = HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: limits)
            let pipeline = channel.pipeline.syncOperations
            if let tls = shared.configuration.tls {
                let session = try TLSSession.server(tls)
                try pipeline.addHandler(
                    TLSHandler(session, handshakeTimeout: shared.configuration.headerTimeout))
            }
            try pipeline.addHandlers([ByteToMessageHandler(decoder), connection])
        }
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
