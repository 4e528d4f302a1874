import HTTPTransport
import NIOCore
import NIOHTTP1
import Testing

@Suite("HTTP/2 server's ends", .timeLimit(.minutes(1))) struct HTTP2LifecycleTests {
    enum Leaving: CaseIterable { case resetsStream, closes, resetsConnection }
    enum Moment: CaseIterable { case beforeTheAnswer, betweenChunks, whileBlocked }

    @Test("a client that leaves cancels its task", arguments: Leaving.allCases, Moment.allCases)
    func clientLeaves(how: Leaving, when: Moment) async throws {
        let started = Event()
        let cancelled = Event()
        let cancelledAt = Counter()
        try await withServer { _ in
        } answer: { _, writer in
            if when != .beforeTheAnswer {
                try writer.start(.ok)
                try await writer.write(ByteBuffer(string: "first"))
            }
            started.happened()
            if when == .whileBlocked {
                await #expect(throws: TransportError.self) {
                    while true { try await writer.write(ByteBuffer(repeating: 0x61, count: 65_536)) }
                }
            } else {
                try? await Task.sleep(for: .seconds(3_600))
            }
            if Task.isCancelled { cancelledAt.add() }
            cancelled.happened()
            await #expect(throws: TransportError.self) { try await writer.write(ByteBuffer(string: "more")) }
        } _: { server, _ in
            let peer = try await RawHTTP2Peer.connect(to: server.port)
            try await peer.send(.request(1))
            await started.wait()
            let clock = ContinuousClock()
            let left = clock.now
            switch how {
            case .resetsStream: try await peer.send(.reset(1))
            case .closes: await peer.close()
            case .resetsConnection: await peer.reset()
            }
            await cancelled.wait()
            #expect(cancelledAt.value == 1)
            // The promise is 100 ms; machines under test are slow.
            #expect(clock.now - left < .seconds(5))
            await peer.close()
        }
    }

    @Test("shutting down: streams on their way are served, then the connection ends")
    func drain() async throws {
        let started = Event()
        let release = Event()
        try await withServer { _ in
        } answer: { request, writer in
            if request.path == "/slow" {
                started.happened()
                await release.wait()
            }
            try await echo(request, writer)
        } _: { server, _ in
            let idle = try await RawHTTP2Peer.connect(to: server.port)
            try await idle.send(.request(1))
            #expect(await idle.answer(1).status == "200")
            let busy = try await RawHTTP2Peer.connect(to: server.port)
            try await busy.send(.request(1, "GET", "/slow"))
            await started.wait()
            async let end: Void = server.shutDown(grace: .seconds(30))
            #expect(await idle.goAway() == 0, "NO_ERROR")
            await idle.waitUntilClosed()
            let notice = await busy.next(RawFrame.Kind.goAway)
            #expect(notice?.number(at: 0) == 0x7fff_ffff && notice?.errorCode == 0)
            let ping = await busy.next(RawFrame.Kind.ping)
            // Sent before the client saw the notice.
            try await busy.send(.request(3, "GET", "/late"))
            #expect(await busy.answer(3).body == "GET /late ")
            try await busy.send(
                RawFrame(kind: RawFrame.Kind.ping, flags: RawFrame.Flag.ack, payload: ping?.payload ?? []))
            let last = await busy.next(RawFrame.Kind.goAway)
            #expect(last?.number(at: 0) == 3 && last?.errorCode == 0)
            release.happened()
            #expect(await busy.answer(1).body == "GET /slow ")
            await busy.waitUntilClosed()
            await busy.close()
            await idle.close()
            await end
        }
    }

    @Test("the grace period's end cancels streams")
    func cut() async throws {
        let started = Event()
        let cancelled = Event()
        try await withServer { _ in
        } answer: { _, _ in
            started.happened()
            try? await Task.sleep(for: .seconds(3_600))
            if Task.isCancelled { cancelled.happened() }
        } _: { server, _ in
            let peer = try await RawHTTP2Peer.connect(to: server.port)
            try await peer.send(.request(1))
            await started.wait()
            await server.shutDown(grace: .milliseconds(20))
            await cancelled.wait()
            await peer.waitUntilClosed()
        }
    }

    private static let opened = RawFrame.preface + RawFrame.settings().bytes()
    private static let silences: [(bytes: [UInt8], code: UInt32?)] = [
        ([], nil), (Array("PRI".utf8), nil), (Array(RawFrame.preface.prefix(20)), 0), (RawFrame.preface, 0),
        (opened, 0), (opened + RawFrame.headers(1, [(":method", "GET")], isComplete: false).bytes(), 11),
    ]

    @Test("ends connections whose preface, block or first request does not come", arguments: silences)
    func silence(bytes: [UInt8], code: UInt32?) async throws {
        try await withServer {
            $0.headerTimeout = .milliseconds(300)
            $0.idleTimeout = .milliseconds(300)
        } answer: { request, writer in
            try await echo(request, writer)
        } _: { server, _ in
            let peer = try await RawHTTP2Peer.connect(to: server.port, settings: nil, acknowledges: false)
            if !bytes.isEmpty { try? await peer.send(bytes) }
            #expect(await peer.goAway() == code)
            await peer.waitUntilClosed()
        }
    }

    @Test("a body that does not come is answered with 408, or fails its reader", arguments: [true, false])
    func slowBody(isStreamed: Bool) async throws {
        try await withServer {
            $0.bodyTimeout = .milliseconds(300)
        } reception: { _ in
            isStreamed ? .stream(upTo: 1_000) : .collect
        } answer: { request, writer in
            do {
                while try await request.bodyStream?.next() != nil {}
            } catch {
                let code = (error as? TransportError)?.code.description ?? ""
                try await writer.respond(.requestTimeout, body: ByteBuffer(string: code))
            }
        } _: { server, _ in
            let peer = try await RawHTTP2Peer.connect(to: server.port)
            try await peer.send(.request(1, "POST", "/", ends: false), .data(1, "a"))
            let answer = await peer.answer(1)
            #expect(answer.status == "408")
            if isStreamed { #expect(answer.body == "deadlineExceeded") }
            #expect(await peer.reset(1) == 0)
        }
    }

    @Test("a window that stays shut ends the stream, and only it")
    func stalledReader() async throws {
        let ended = Event()
        try await withServer {
            $0.writeTimeout = .milliseconds(300)
        } answer: { request, writer in
            guard request.path == "/long" else { return try await echo(request, writer) }
            try writer.start(.ok)
            do {
                while true { try await writer.write(ByteBuffer(repeating: 0x61, count: 20_000)) }
            } catch {
                #expect((error as? TransportError)?.code == .writeTimedOut)
                ended.happened()
                throw error
            }
        } _: { server, _ in
            let peer = try await RawHTTP2Peer.connect(to: server.port, settings: [(4, 0)])
            try await peer.send(.request(1, "GET", "/long"))
            #expect(await peer.reset(1) == 8, "CANCEL")
            await ended.wait()
            try await peer.send(.request(3, "GET", "/x"), .windowUpdate(3, 1_000))
            #expect(await peer.answer(3).body == "GET /x ")
        }
    }

    @Test("refuses what is too large as HTTP/1.1 does, and the connection goes on")
    func limits() async throws {
        try await withServer {
            $0.maximumHeaderBytes = 2_000
            $0.maximumHeaderCount = 16
            $0.maximumTargetBytes = 200
            $0.maximumBodyBytes = 1_000
        } answer: { request, writer in
            try await echo(request, writer)
        } _: { server, _ in
            let peer = try await RawHTTP2Peer.connect(to: server.port)
            let long = String(repeating: "a", count: 3_000)
            try await peer.send(.request(1, "GET", "/", [("x", long)]))
            #expect(await peer.answer(1).status == "431")
            try await peer.send(.request(3, "GET", "/", (0..<20).map { ("x-\($0)", "y") }))
            #expect(await peer.answer(3).status == "431")
            try await peer.send(.request(5, "GET", "/" + long.prefix(300)))
            #expect(await peer.answer(5).status == "414")
            try await peer.send(.request(7, "POST", "/", [("content-length", "1001")], ends: false))
            #expect(await peer.answer(7).status == "413")
            try await peer.send(.request(9, "POST", "/", ends: false), .data(9, String(long.prefix(1_001))))
            #expect(await peer.answer(9).status == "413")
            try await peer.send(.headers(11, [(":method", "CONNECT"), (":authority", "a:1")], ends: false))
            #expect(await peer.answer(11).status == "405")
            try await peer.send(.request(13, "GET", "/fine"))
            #expect(await peer.answer(13).body == "GET /fine ")
        }
    }

    @Test(
        "floods end the connection with ENHANCE_YOUR_CALM",
        arguments: ["reset", "ping", "settings", "empty", "priority"])
    func floods(kind: String) async throws {
        let running = Counter()
        try await withServer { _ in
        } answer: { _, _ in
            running.add()
            try? await Task.sleep(for: .seconds(3_600))
        } _: { server, _ in
            let peer = try await RawHTTP2Peer.connect(to: server.port)
            try await peer.send(.request(1, "POST", "/", ends: false))
            var bytes: [UInt8] = []
            for number in 0..<1_000 {
                let stream = UInt32(3 + 2 * number)
                switch kind {
                case "reset": bytes += RawFrame.request(stream).bytes() + RawFrame.reset(stream).bytes()
                case "ping": bytes += RawFrame.ping().bytes()
                case "settings": bytes += RawFrame.settings().bytes()
                case "empty": bytes += RawFrame.data(1, "").bytes()
                default:
                    bytes += RawFrame(kind: RawFrame.Kind.priority, stream: stream, payload: [0, 0, 0, 0, 1]).bytes()
                }
            }
            try? await peer.send(bytes)
            #expect(await peer.goAway() == 11)
            await peer.waitUntilClosed()
            #expect(running.value <= 201)
        }
    }

    @Test("TLS: HTTP/2 by ALPN, and HTTP/1.1 without")
    func alpn() async throws {
        let tls = try TestTLS()
        let context = try tls.certificate()
        let offering = try tls.client { $0.applicationProtocols = ["h2", "http/1.1"] }
        let plain = try tls.client()
        try await withServer {
            $0.tls = context
        } answer: { request, writer in
            try await echo(request, writer)
        } _: { server, _ in
            let peer = try await RawHTTP2Peer.connect(to: server.port, tls: offering)
            try await peer.send(.request(1, "GET", "/two"))
            #expect(await peer.answer(1).body == "GET /two ")
            await peer.close()
            let old = try await RawPeer.connect(to: server.port, tls: plain)
            try await old.send("GET /one HTTP/1.1\r\nhost: x\r\n\r\n")
            #expect(await old.receive(until: "GET /one ") != nil)
            await old.close()
        }
    }

    @Test("TLS: a connection that agrees on HTTP/2 and then speaks something else is ended")
    func wrongPreface() async throws {
        let tls = try TestTLS()
        let context = try tls.certificate()
        let offering = try tls.client { $0.applicationProtocols = ["h2"] }
        try await withServer {
            $0.tls = context
        } answer: { request, writer in
            try await echo(request, writer)
        } _: { server, _ in
            for bytes in [RawFrame.request(1).bytes(), Array("GET / HTTP/1.1\r\nhost: x\r\n\r\n".utf8)] {
                for _ in 0..<10 {
                    let peer = try await RawHTTP2Peer.connect(
                        to: server.port, settings: nil, acknowledges: false, tls: offering)
                    try await peer.send(bytes + RawFrame.preface)
                    #expect(await peer.goAway() == 1)
                    await peer.waitUntilClosed()
                }
            }
        }
    }
}
