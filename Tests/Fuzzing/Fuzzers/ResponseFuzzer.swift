import NIOCore
import NIOEmbedded
import NIOHTTP1

@testable import HTTPTransport

/// The client's response path: bytes into the pipeline of an upstream connection.
///
/// Promises: nothing traps; a response does not depend on how its bytes are cut; a connection is given back only when
/// the response ended where the received bytes end; every exchange ends when the peer closes.
enum ResponseFuzzer {
    /// An input that begins with this byte answers a HEAD request.
    static let headMark: UInt8 = 0x01

    @Sendable static func run(_ input: [UInt8]) {
        let isHead = input.first == headMark
        let bytes = isHead ? Array(input.dropFirst()) : input
        let method: HTTPMethod = isHead ? .HEAD : .GET
        let whole = ClientRun(method).first(of: Delivery.whole.reads(of: bytes))
        for delivery in [Delivery.byteByByte, .pieces] {
            let cut = ClientRun(method).first(of: delivery.reads(of: bytes))
            expectEqual(whole, cut, "the response depends on how it was cut")
        }
        ClientRun(method).all(of: Delivery.byteByByte.reads(of: bytes))
    }
}

/// One upstream connection that is fed by the fuzzer.
///
/// `@unchecked Sendable`: there is one thread.
private final class ClientRun: @unchecked Sendable {
    private let wire = Wire()
    private let connection: ClientConnection
    private let executor: LoopExecutor
    private let method: HTTPMethod
    private var outcome: String?

    init(_ method: HTTPMethod) {
        self.method = method
        executor = LoopExecutor(loop: wire.loop)
        var configuration = HTTPClientConfiguration()
        configuration.maximumHeaderBytes = 1_024
        configuration.maximumHeaderCount = 16
        configuration.maximumBufferedBytes = 256
        let pool = ConnectionPool(configuration: configuration, executor: executor, connector: ClientConnector())
        let target = HTTPTarget(VettedAddress(ip: IPAddress(.v4(0x7f00_0001)), port: 80))
        connection = ClientConnection(
            on: wire.loop, configuration: configuration, pool: TargetPool(target, in: pool))
        do {
            try wire.channel.pipeline.syncOperations.addHandlers([
                ByteToMessageHandler(connection.decoder), connection,
            ])
        } catch {
            fatalError("no pipeline: \(error)")
        }
        wire.open()
    }

    /// What the first exchange gives, whatever follows.
    func first(of reads: [ByteBuffer]) -> String {
        exchange()
        for bytes in reads where !wire.deliver(bytes) { break }
        wire.close()
        guard let outcome else { fatalError("the exchange did not end with its connection") }
        return outcome
    }

    /// Uses the connection again as long as it is given back.
    func all(of reads: [ByteBuffer]) {
        exchange()
        for bytes in reads {
            if outcome != nil, connection.isUsable {
                outcome = nil
                exchange()
            }
            if !wire.deliver(bytes) { break }
        }
        wire.close()
        expect(outcome != nil, "an exchange did not end with its connection")
        expect(!connection.isUsable, "a closed connection is usable")
    }

    private func exchange() {
        let number = connection.lease()
        let lease = ConnectionPool.Lease(exchange: connection, number: number, isReused: false)
        // Ends with the connection, which `first` and `all` close.
        _ = Task.immediate(executorPreference: executor) {
            self.outcome = await self.response(lease)
            self.connection.end(number)
        }
    }

    private func response(_ lease: ConnectionPool.Lease) async -> String {
        var text = ""
        var body = ""
        var isCoded = false
        do {
            var request = HTTPClientRequest(method: method, target: "/")
            request.acceptsCompression = true
            let deadlines = ExchangeDeadlines(HTTPTimeouts(), deadline: .after(.seconds(3_600)))
            let head = try await withUnsafeThrowingContinuation { continuation in
                connection.send(request, deadlines, continuation)
            }
            text = "\(head.status.code) \(head.headers.map { "\($0.name):\($0.value)" })\n"
            isCoded = head.headers.contains(name: "content-encoding")
            var response = try HTTPClientResponse(head, on: lease, decompressionLimit: 65_536)
            while let part = try await response.next() {
                body += String(decoding: part.readableBytesView.map { $0 < 128 ? $0 : 0x3f }, as: UTF8.self)
            }
            return text + body + "\nend"
        } catch {
            let code = (error as? TransportError).map { "\($0.code)" } ?? "\(type(of: error))"
            // Of two faults in one head NIO's parser names the one that its read has come to.
            if text.isEmpty, code == "\(TransportError.Code.responseTooLarge)" { return "\nerror malformedResponse" }
            // How much is decompressed before a fault shows depends on the cutting.
            return text + (isCoded ? "" : body) + "\nerror " + code
        }
    }
}
