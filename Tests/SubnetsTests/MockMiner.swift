import HTTPTransport
import JSON
import Logging
import NIOCore
import NIOHTTP1
import Neurons
import Signing
import Subtensor
import Synchronization

@testable import Subnets

/// A miner on a loopback port of its own that behaves as a test wants. Signatures are not its business.
final class MockMiner: HTTPResponder {
    enum Behaviour: Sendable {
        case answer(String)
        case slow(String, Duration)
        case stream([String])
        /// Streams these and then cuts the connection.
        case cutStream([String])
        case status(Int)
        case garbage
        /// Never answers.
        case hang
        /// Streams for as long as anyone reads.
        case endless
    }

    private let behaviour: Behaviour
    private let paths = Mutex<[String]>([])
    private let cancelled = Mutex(0)
    private let server = Mutex<HTTPServer?>(nil)

    /// Paths that were asked, in order.
    var asked: [String] { paths.withLock { $0 } }
    /// Requests that ended because the asker left.
    var cancellations: Int { cancelled.withLock { $0 } }

    init(_ behaviour: Behaviour) { self.behaviour = behaviour }

    /// Starts it as the miner with this number.
    func start(_ number: UInt8, on loops: EventLoops, incentive: UInt16 = 0) async throws -> Candidate {
        let server = try await HTTPServer.start(
            HTTPServerConfiguration(), on: loops, responder: self, logger: Logger(label: "miner"))
        self.server.withLock { $0 = server }
        let hotkey = Hotkey(AccountID(bytes: Array(repeating: number, count: 32))!)
        let address = try DialPolicy.loopbackOnly.vet(IPAddress("127.0.0.1")!, port: UInt16(server.port))
        return Candidate(
            miner: Miner(uid: UInt16(number), hotkey: hotkey, address: address),
            neuron: Neuron(
                uid: UID(UInt16(number)), hotkey: hotkey, coldkey: Coldkey(hotkey.account), incentive: incentive))
    }

    func stop() async { await server.withLock { $0 }?.shutDown(grace: .zero) }

    func respond(to request: HTTPRequest, writer: HTTPResponseWriter) async throws {
        paths.withLock { $0.append(request.path) }
        do {
            try await behave(request, writer)
        } catch {
            cancelled.withLock { $0 += 1 }
            throw error
        }
    }

    private func behave(_ request: HTTPRequest, _ writer: HTTPResponseWriter) async throws {
        switch behaviour {
        case .answer(let text): try await reply(text, request, writer)
        case .slow(let text, let delay):
            try await Task.sleep(for: delay)
            try await reply(text, request, writer)
        case .stream(let pieces), .cutStream(let pieces):
            guard request.path == "/ChatStreamSynapse" else { return try await reply(pieces.joined(), request, writer) }
            try writer.start(.ok, headers: ["content-type": "text/event-stream"])
            for piece in pieces { try await writer.write(ByteBuffer(string: piece)) }
            if case .cutStream = behaviour { throw Cut() }
            try await writer.finish()
        case .status(let code):
            try await writer.respond(
                HTTPResponseStatus(statusCode: code), body: ByteBuffer(string: #"{"message":"no"}"#))
        case .garbage: try await writer.respond(.ok, body: ByteBuffer(string: "<html>"))
        case .hang: try await Task.sleep(for: .seconds(3_600))
        case .endless:
            try writer.start(.ok, headers: [:])
            // It shares its loop with whoever reads: between two writes the reader has its turn.
            while true {
                try await writer.write(ByteBuffer(string: String(repeating: "word ", count: 1_000)))
                await Task.yield()
            }
        }
    }

    private func reply(_ text: String, _ request: HTTPRequest, _ writer: HTTPResponseWriter) async throws {
        guard request.path != "/ChatStreamSynapse" else {
            return try await writer.respond(.notFound, body: ByteBuffer(string: #"{"message":"no such synapse"}"#))
        }
        var body = JSONWriter()
        body.beginObject()
        body.member("completion", text)
        body.endObject()
        try await writer.respond(.ok, headers: ["content-type": "application/json"], body: body.buffer)
    }

    private struct Cut: Error {}
}
