import NIOCore
import NIOEmbedded
import NIOHTTP1

@testable import HTTPTransport

/// The client's side of HTTP/2: what a server sends, into the pipeline of an upstream connection with three requests.
///
/// Promises: nothing traps; every exchange ends when the server closes; nothing of a closed connection stays. Which of
/// several faults is the first depends on how the bytes are cut, because a stream is reset at a read's end.
enum HTTP2ResponseFuzzer {
    private static let settings: [UInt8] = [0, 0, 0, 4, 0, 0, 0, 0, 0]

    /// A server's SETTINGS are added where they are missing.
    @Sendable static func run(_ input: [UInt8]) {
        let isPreface = input.count >= 9 && input[3] == 4 && input[4] == 0
        let bytes = isPreface ? input : settings + input
        for delivery in Delivery.allCases {
            weak var closed: HTTP2ClientConnection?
            do {
                let run = HTTP2ClientRun()
                closed = run.connection
                run.deliver(delivery.reads(of: bytes))
            }
            expect(closed == nil, "something of a closed connection stays")
        }
    }
}

/// One upstream connection that is fed by the fuzzer.
///
/// `@unchecked Sendable`: there is one thread.
private final class HTTP2ClientRun: @unchecked Sendable {
    private let wire = Wire()
    let connection: HTTP2ClientConnection
    private let pool: TargetPool
    private let executor: LoopExecutor
    private var ended = 0

    init() {
        executor = LoopExecutor(loop: wire.loop)
        var configuration = HTTPClientConfiguration()
        configuration.maximumHeaderBytes = 1_024
        configuration.maximumHeaderCount = 16
        configuration.maximumBufferedBytes = 256
        let connections = ConnectionPool(
            configuration: configuration, executor: executor, connector: ClientConnector())
        let address = VettedAddress(ip: IPAddress(.v4(0x7f00_0001)), port: 80)
        pool = TargetPool(HTTPTarget(address, version: .http2), in: connections)
        do {
            connection = try HTTP2ClientConnection(on: wire.loop, configuration: configuration, pool: pool)
            try wire.channel.pipeline.syncOperations.addHandler(connection)
        } catch {
            fatalError("no pipeline: \(error)")
        }
        wire.open()
    }

    /// To a GET, a HEAD and a streamed PUT.
    func deliver(_ reads: [ByteBuffer]) {
        var upload = HTTPClientRequest(method: .PUT, target: "/")
        upload.stream = HTTPClientRequest.Stream { nil }
        let requests = [
            HTTPClientRequest(method: .GET, target: "/"), HTTPClientRequest(method: .HEAD, target: "/"), upload,
        ]
        for request in requests { exchange(request) }
        for bytes in reads where !wire.deliver(bytes) { break }
        wire.close()
        wire.expireTimers()
        expect(!connection.isUsable, "a closed connection is usable")
        expect(ended == requests.count, "an exchange did not end with its connection")
    }

    private func exchange(_ request: HTTPClientRequest) {
        let lease = connection.lease()
        // Ends with the connection, which `deliver` closes.
        _ = Task.immediate(executorPreference: executor) {
            try? await self.read(lease, request)
            lease.exchange.end(lease.number)
            self.ended += 1
        }
    }

    private func read(_ lease: ConnectionPool.Lease, _ request: HTTPClientRequest) async throws {
        let deadlines = ExchangeDeadlines(HTTPTimeouts(), deadline: .after(.seconds(3_600)))
        let head = try await withUnsafeThrowingContinuation { continuation in
            lease.exchange.send(request, deadlines, continuation)
            if request.stream != nil { lease.exchange.endUpload(lease.number) }
        }
        var response = try HTTPClientResponse(head, on: lease, decompressionLimit: nil)
        while try await response.next() != nil {}
    }
}
