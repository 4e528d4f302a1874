import HTTPTransport
import Logging
import Metering
import NIOCore
import NIOHTTP1
import Neurons
import Synchronization
import Testing

@testable import Gateway

@Suite("Named requests at the gateway", .timeLimit(.minutes(1))) struct IdempotentRequestsTests {
    private struct ClientLeft: Error {}

    /// Charges each request and then finds its client gone, as far as that can be told here: its connection is cut.
    private final class Leaving: HTTPResponder {
        let named: IdempotentRequests
        let isCharging: Bool
        let runs = Atomic(0)

        init(_ ledger: Ledger, isCharging: Bool) {
            named = IdempotentRequests(ledger: ledger, authenticator: Authenticator(ledger: ledger))
            self.isCharging = isCharging
        }

        func reception(of head: HTTPRequest) -> BodyReception { .collect }

        func respond(to request: HTTPRequest, writer: HTTPResponseWriter) async throws {
            let context = RequestContext(request, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            try await named.run(request, writer: writer, context: context) {
                runs.add(1, ordering: .relaxed)
                if isCharging { context.charged = (["content-type": "text/plain"], ByteBuffer(string: "the answer")) }
                throw ClientLeft()
            }
        }
    }

    @Test("are answered from what was charged, though nobody was there to take it", arguments: [true, false])
    func leaves(isCharging: Bool) async throws {
        try await TestGateway.with { gateway in
            let responder = Leaving(gateway.ledger, isCharging: isCharging)
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let server = try await HTTPServer.start(
                HTTPServerConfiguration(), on: gateway.loops, responder: responder, logger: logger)
            let loopback = try #require(IPAddress("127.0.0.1"))
            let address = try DialPolicy.loopbackOnly.vet(loopback, port: UInt16(server.port))
            func ask() async throws -> (status: Int, body: String) {
                try await gateway.client.withResponse(from: address, deadline: .now + .seconds(30)) { _ in
                    HTTPClientRequest(
                        method: .POST, target: "/v1/chat/completions",
                        headers: ["authorization": "Bearer \(gateway.secret)", "idempotency-key": "order"],
                        body: ByteBuffer(string: "{}"))
                } _: { response in
                    (Int(response.status.code), String(buffer: try await response.collect(upTo: 1 << 16)))
                }
            }
            _ = try? await ask()
            let second = try? await ask()
            if isCharging {
                #expect(second?.status == 200 && second?.body == "the answer")
                #expect(responder.runs.load(ordering: .relaxed) == 1)
            } else {
                #expect(second?.status != 200)
                #expect(responder.runs.load(ordering: .relaxed) == 2)
            }
            await server.shutDown(grace: .zero)
        }
    }
}
