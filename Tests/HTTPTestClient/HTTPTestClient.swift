public import HTTPTransport
public import Logging
public import NIOCore
import NIOEmbedded
public import NIOHTTP1
import NIOPosix

/// Asks a responder through the server's whole pipeline, with a socket or without one; the requests are the same.
public struct HTTPTestClient: Sendable {
    public enum Transport: Sendable, CaseIterable {
        /// In memory: no port, no thread of the network.
        case inProcess
        /// Through a server on a free loopback port.
        case socket
    }

    private enum Target {
        case detached(DetachedServer)
        case port(Int)
    }

    private let target: Target

    /// Serves by `responder` while `body` runs.
    public static func with<R>(
        _ transport: Transport, configuration: HTTPServerConfiguration = HTTPServerConfiguration(),
        responder: any HTTPResponder, logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
        _ body: (HTTPTestClient) async throws -> R
    ) async throws -> R {
        switch transport {
        case .inProcess:
            let server = DetachedServer(configuration, responder: responder, logger: logger)
            return try await body(HTTPTestClient(target: .detached(server)))
        case .socket:
            let loops = EventLoops(count: 1)
            let server = try await HTTPServer.start(configuration, on: loops, responder: responder, logger: logger)
            let result: Result<R, any Error>
            do {
                result = .success(try await body(HTTPTestClient(target: .port(server.port))))
            } catch {
                result = .failure(error)
            }
            await server.shutDown(grace: .zero)
            await loops.shutdown()
            return try result.get()
        }
    }

    /// One request over HTTP/1.1, on a connection of its own.
    ///
    /// - Parameter body: sent with `content-length`, unless `headers` say `transfer-encoding` and it is chunked already.
    /// - Throws: ``HTTPTestFailure`` when the connection ends before the answer does, or the answer is not HTTP.
    public func send(
        _ method: HTTPMethod, _ target: String, headers: HTTPHeaders = [:], body: String = ""
    ) async throws -> HTTPTestResponse {
        var request = "\(method.rawValue) \(target) HTTP/1.1\r\n"
        var headers = headers
        if !headers.contains(name: "host") { headers.add(name: "host", value: "localhost") }
        if !headers.contains(name: "transfer-encoding"), !body.isEmpty {
            headers.replaceOrAdd(name: "content-length", value: "\(body.utf8.count)")
        }
        for (name, value) in headers { request += "\(name): \(value)\r\n" }
        return try await exchange(ByteBuffer(string: request + "\r\n" + body), isHead: method == .HEAD)
    }

    private func exchange(_ bytes: ByteBuffer, isHead: Bool) async throws -> HTTPTestResponse {
        switch target {
        case .detached(let server):
            let channel = NIOAsyncTestingChannel()
            try await server.accept(channel).get()
            try await channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).get()
            // Throws when the server closes before it has taken everything in; its answer is there all the same.
            try? await channel.writeInbound(bytes)
            var reader = AnswerReader(isHead: isHead)
            while !reader.isComplete {
                // Throws once the server has closed.
                guard let piece = try? await channel.waitForOutboundWrite(as: ByteBuffer.self) else { break }
                try reader.read(piece)
            }
            _ = try? await channel.finish(acceptAlreadyClosed: true)
            return try reader.answer()
        case .port(let port):
            let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connect(host: "127.0.0.1", port: port) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                    }
                }
            return try await channel.executeThenClose { inbound, outbound in
                try await outbound.write(bytes)
                var reader = AnswerReader(isHead: isHead)
                for try await piece in inbound {
                    try reader.read(piece)
                    if reader.isComplete { break }
                }
                return try reader.answer()
            }
        }
    }
}

/// What a responder answered.
public struct HTTPTestResponse: Sendable {
    public var status: HTTPResponseStatus
    public var headers: HTTPHeaders
    /// The body's pieces as they were written, chunks taken apart.
    public var pieces: [ByteBuffer]
    public var trailers: HTTPHeaders

    public var body: String { pieces.map { String(buffer: $0) }.joined() }
}

/// Why there is no answer.
public struct HTTPTestFailure: Error, CustomStringConvertible {
    public let description: String
}
