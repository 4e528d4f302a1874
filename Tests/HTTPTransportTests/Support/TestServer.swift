import HTTPTransport
import Logging
import NIOCore
import NIOHTTP1

/// Answers by a closure.
struct ClosureResponder: HTTPResponder {
    var reception: @Sendable (HTTPRequest) -> BodyReception = { _ in .collect }
    let answer: @Sendable (HTTPRequest, HTTPResponseWriter) async throws -> Void

    func reception(of head: HTTPRequest) -> BodyReception { reception(head) }

    func respond(to request: HTTPRequest, writer: HTTPResponseWriter) async throws {
        try await answer(request, writer)
    }
}

/// Runs a server on loopback while `body` runs.
func withServer(
    _ configure: (inout HTTPServerConfiguration) -> Void = { _ in },
    webSocket: (@Sendable (WebSocket) async -> Void)? = nil,
    reception: @escaping @Sendable (HTTPRequest) -> BodyReception = { _ in .collect },
    answer: @escaping @Sendable (HTTPRequest, HTTPResponseWriter) async throws -> Void,
    _ body: (HTTPServer, EventLoops) async throws -> Void
) async throws {
    var configuration = HTTPServerConfiguration()
    // A machine busy with other tests is slow; only the tests of these bounds set them tight.
    configuration.headerTimeout = .seconds(120)
    configuration.bodyTimeout = .seconds(120)
    configuration.idleTimeout = .seconds(120)
    configure(&configuration)
    let loops = EventLoops(count: 1)
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    let server = try await HTTPServer.start(
        configuration, on: loops, responder: ClosureResponder(reception: reception, answer: answer),
        webSocket: webSocket, logger: logger)
    do {
        try await body(server, loops)
    } catch {
        await server.shutDown(grace: .zero)
        await loops.shutdown()
        throw error
    }
    await server.shutDown(grace: .zero)
    await loops.shutdown()
}

/// Echoes method, target and body.
@Sendable func echo(_ request: HTTPRequest, _ writer: HTTPResponseWriter) async throws {
    let text = "\(request.method.rawValue) \(request.target) \(String(buffer: request.body))"
    try await writer.respond(.ok, headers: ["content-type": "text/plain"], body: ByteBuffer(string: text))
}
