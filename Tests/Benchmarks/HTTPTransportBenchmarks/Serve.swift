import ArgumentParser
import HTTPTransport
import Logging
import NIOCore
import NIOHTTP1

let quiet = Logger(label: "benchmark") { _ in SwiftLogNoOpLogHandler() }

/// The server under measurement, with its client behind it, on one event loop.
struct Serve: AsyncParsableCommand {
    @Option var port: Int
    @Option(help: "The port of the source of event streams.") var upstream: Int

    func run() async throws {
        let loops = EventLoops(count: 1)
        var settings = HTTPClientConfiguration()
        settings.maximumConnections = 20_000
        settings.maximumIdleConnections = 1_024
        settings.timeouts.idle = .seconds(3_600)
        let source = try DialPolicy.loopbackOnly.vet(address(), port: UInt16(upstream))
        let responder = Responder(client: HTTPClient(configuration: settings, on: loops), source: source)
        var configuration = HTTPServerConfiguration()
        configuration.port = port
        configuration.backlog = 4_096
        configuration.maximumConnections = 20_000
        configuration.maximumConnectionsPerAddress = 0
        let server = try await HTTPServer.start(configuration, on: loops, responder: responder, logger: quiet)
        while !Task.isCancelled { try await Task.sleep(for: .seconds(3_600)) }
        await server.shutDown(grace: .zero)
    }

    private func address() throws -> IPAddress {
        guard let address = IPAddress("127.0.0.1") else { throw ValidationError("no loopback address") }
        return address
    }
}

private struct Responder: HTTPResponder {
    let client: HTTPClient
    let source: VettedAddress
    private let body = ByteBuffer(string: Nginx.answer)

    init(client: HTTPClient, source: VettedAddress) {
        self.client = client
        self.source = source
    }

    func respond(to request: HTTPRequest, writer: HTTPResponseWriter) async throws {
        switch request.path {
        case "/events": try await relay(request, writer)
        case "/idle": try await idle(writer)
        default: try await writer.respond(.ok, headers: ["content-type": "application/json"], body: body)
        }
    }

    private func relay(_ request: HTTPRequest, _ writer: HTTPResponseWriter) async throws {
        try await client.withResponse(from: source, deadline: .now + .seconds(3_600)) { _ in
            HTTPClientRequest(method: .GET, target: request.target, headers: ["accept": "text/event-stream"])
        } _: { response in
            try writer.start(
                response.status, headers: ["content-type": "text/event-stream", "cache-control": "no-cache"])
            while let part = try await response.next() { try await writer.write(part) }
            try await writer.finish()
        }
    }

    /// One event, and then none until the client leaves.
    private func idle(_ writer: HTTPResponseWriter) async throws {
        try writer.start(.ok, headers: ["content-type": "text/event-stream"])
        try await writer.write(ByteBuffer(string: "data: {\"sent\":00000000000000000000}\n\n"))
        try await Task.sleep(for: .seconds(3_600))
    }
}
