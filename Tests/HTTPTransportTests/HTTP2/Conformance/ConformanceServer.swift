import HTTPTransport
import Logging
import NIOCore
import NIOHTTP1
import Testing

/// What a test sees of the requests that reach the responder.
final class ResponderProbe: Sendable {
    /// Requests that have reached it.
    let requests = Counter()
    /// Requests that are being answered.
    let running = Counter()
    /// Bytes of `/large` that the writer has taken.
    let written = Counter()

    /// Looks until nothing runs any more, for 20 seconds at most.
    func isIdle() async -> Bool {
        for _ in 0..<4_000 where running.value > 0 { try? await Task.sleep(for: .milliseconds(5)) }
        return running.value == 0
    }
}

/// What the cases ask for.
struct ConformanceResponder: HTTPResponder {
    var probe = ResponderProbe()

    func reception(of head: HTTPRequest) -> BodyReception {
        head.path == "/unread" ? .stream(upTo: 1 << 30) : .collect
    }

    func respond(to request: HTTPRequest, writer: HTTPResponseWriter) async throws {
        probe.requests.add()
        probe.running.add()
        defer { probe.running.subtract() }
        switch request.path {
        case "/unread", "/hold":
            // Until the client leaves.
            try await Task.sleep(for: .seconds(3_600))
        case "/empty", "*":
            try await writer.respond(.ok)
        case "/large":
            try writer.start(.ok)
            for _ in 0..<64 {
                probe.written.add(16_384)
                try await writer.write(ByteBuffer(repeating: 0x61, count: 16_384))
            }
            try await writer.finish()
        default:
            let body = request.method == .POST ? request.body : ByteBuffer(string: "hello, world")
            try await writer.respond(.ok, headers: ["content-type": "text/plain"], body: body)
        }
    }
}

/// Runs a server for the cases while `body` runs.
func withConformanceServer(
    _ configure: (inout HTTPServerConfiguration) throws -> Void = { _ in }, probe: ResponderProbe = ResponderProbe(),
    _ body: (HTTPServer) async throws -> Void
) async throws {
    var configuration = HTTPServerConfiguration()
    configuration.headerTimeout = .seconds(120)
    configuration.bodyTimeout = .seconds(120)
    configuration.idleTimeout = .seconds(120)
    try configure(&configuration)
    let loops = EventLoops(count: 1)
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    let server = try await HTTPServer.start(
        configuration, on: loops, responder: ConformanceResponder(probe: probe), logger: logger)
    let result: Result<Void, any Error>
    do {
        result = .success(try await body(server))
    } catch {
        result = .failure(error)
    }
    await server.shutDown(grace: .zero)
    await loops.shutdown()
    try result.get()
}
