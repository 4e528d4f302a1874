import HTTPTransport
import NIOCore
import NIOHTTP1
import Synchronization
import Testing

/// The promise is that a task is cancelled within 100 ms of its client's leaving. What is tested does not depend on a
/// machine's speed: the very next thing that the server does for anybody comes after the cancellation.
@Suite("A client that leaves", .timeLimit(.minutes(1))) struct HTTPServerCancellationTests {
    enum Leaving: CaseIterable { case closes, resets, resetsStream }
    enum Moment: String, CaseIterable { case streaming, waiting, readingBody }

    /// What the handler of the request under test does, and when it was cancelled.
    private final class Subject: Sendable {
        let started = Event()
        let ended = Event()
        private let cancelledAt = Mutex<ContinuousClock.Instant?>(nil)

        var cancellation: ContinuousClock.Instant? { cancelledAt.withLock { $0 } }

        func run(_ request: HTTPRequest, _ writer: HTTPResponseWriter, _ moment: Moment) async {
            await withTaskCancellationHandler {
                switch moment {
                case .streaming:
                    try? writer.start(.ok, headers: ["content-type": "text/event-stream"])
                    try? await writer.write(ByteBuffer(string: "data: 1\n\n"))
                    started.happened()
                    try? await Task.sleep(for: .seconds(3_600))
                case .waiting:
                    started.happened()
                    try? await Task.sleep(for: .seconds(3_600))
                case .readingBody:
                    started.happened()
                    while (try? await request.bodyStream?.next()) != nil {}
                }
            } onCancel: {
                cancelledAt.withLock { $0 = $0 ?? .now }
            }
            ended.happened()
        }
    }

    private func withSubject(
        _ moment: Moment, tls: ServerCertificate?, _ body: (Subject, HTTPServer) async throws -> Void
    ) async throws {
        let subject = Subject()
        try await withServer {
            $0.tls = tls
        } reception: {
            $0.method == .POST ? .stream(upTo: 1_000_000) : .collect
        } answer: { request, writer in
            guard request.path == "/next" else { return await subject.run(request, writer, moment) }
            let isCancelled = subject.cancellation != nil
            try await writer.respond(.ok, body: ByteBuffer(string: isCancelled ? "after." : "before."))
        } _: { server, _ in
            try await body(subject, server)
        }
    }

    private func note(_ subject: Subject, since left: ContinuousClock.Instant, _ what: String) async {
        await subject.ended.wait()
        if let cancelled = subject.cancellation { print("\(what): cancelled after \(cancelled - left)") }
    }

    @Test(
        "cancels its task before anybody else is served, over HTTP/1.1", arguments: [Leaving.closes, .resets],
        Moment.allCases)
    func http1(how: Leaving, moment: Moment) async throws {
        for isTLS in [false, true] {
            let tls = try TestTLS()
            let client = isTLS ? try tls.client() : nil
            try await withSubject(moment, tls: isTLS ? tls.certificate() : nil) { subject, server in
                let peer = try await RawPeer.connect(to: server.port, tls: client)
                let body = moment == .readingBody ? "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\na" : nil
                try await peer.send(body ?? "GET / HTTP/1.1\r\nhost: x\r\n\r\n")
                await subject.started.wait()
                let left = ContinuousClock.now
                if how == .closes { await peer.close() } else { await peer.reset() }
                let next = try await RawPeer.connect(to: server.port, tls: client)
                try await next.send("GET /next HTTP/1.1\r\nhost: x\r\n\r\n")
                #expect(await next.receive(until: ".")?.hasSuffix("after.") == true)
                await note(subject, since: left, "HTTP/1.1 \(isTLS ? "TLS" : "plain"), \(moment), \(how)")
            }
        }
    }

    @Test("cancels its task before anybody else is served, over HTTP/2", arguments: Leaving.allCases, Moment.allCases)
    func http2(how: Leaving, moment: Moment) async throws {
        for isTLS in [false, true] {
            let tls = try TestTLS()
            let client = isTLS ? try tls.client { $0.applicationProtocols = ["h2"] } : nil
            try await withSubject(moment, tls: isTLS ? tls.certificate() : nil) { subject, server in
                let peer = try await RawHTTP2Peer.connect(to: server.port, tls: client)
                try await peer.send(
                    .request(1, moment == .readingBody ? "POST" : "GET", "/", ends: moment != .readingBody))
                await subject.started.wait()
                let left = ContinuousClock.now
                var next = peer
                switch how {
                case .closes: await peer.close()
                case .resets: await peer.reset()
                case .resetsStream: try await peer.send(.reset(1))
                }
                if how != .resetsStream { next = try await RawHTTP2Peer.connect(to: server.port, tls: client) }
                try await next.send(.request(3, "GET", "/next"))
                #expect(await next.answer(3).body == "after.")
                await note(subject, since: left, "HTTP/2 \(isTLS ? "TLS" : "plain"), \(moment), \(how)")
            }
        }
    }
}
