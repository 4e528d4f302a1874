import NIOCore
import NIOHTTP1
import Synchronization
import Testing

@testable import HTTPTransport

@Suite("HTTP/2 client's flow control and streams", .timeLimit(.minutes(1))) struct HTTP2ClientFlowTests {
    private static let initialWindow: UInt16 = 4
    private static let cancel: UInt32 = 8

    @Test("a stream that nobody reads holds 64 KiB, and no other stream")
    func unreadStream() async throws {
        let sent = Counter()
        try await withServer { _, writer in
            try writer.start(.ok)
            for _ in 0..<256 {
                try await writer.write(ByteBuffer(repeating: 0x61, count: 16_384))
                sent.add(16_384)
            }
            try await writer.finish()
        } _: { server, loops in
            try await withClient { client, _ in
                let target = HTTPTarget(.loopback(server.port), version: .http2)
                func count(of response: inout HTTPClientResponse) async throws -> Int {
                    var count = 0
                    while let part = try await response.next() {
                        #expect(part.readableBytes <= 65_536)
                        count += part.readableBytes
                    }
                    return count
                }
                let counts = try await client.withResponse(from: target, deadline: .now + .seconds(50)) { _ in
                    HTTPClientRequest(method: .GET, target: "/unread")
                } _: { unread in
                    // Far more than one connection's window goes past it.
                    var others = 0
                    for _ in 0..<2 {
                        others += try await client.withResponse(from: target, deadline: .now + .seconds(50)) { _ in
                            HTTPClientRequest(method: .GET, target: "/read")
                        } _: { response in
                            try await count(of: &response)
                        }
                    }
                    // The window, and what waits in the server for it.
                    #expect(sent.value - others <= 256 * 1_024)
                    return [others, try await count(of: &unread)]
                }
                #expect(counts == [2 * 4 << 20, 4 << 20])
            }
        }
    }

    @Test("opens a stream's window as its answer is read, the connection's as it comes")
    func windows() async throws {
        let mayRead = Event()
        try await withHTTP2Client { peer, _ in
            let request = try #require(await peer.request())
            let part = RawFrame.data(request.stream, [UInt8](repeating: 0x61, count: 16_384))
            try await peer.send(.response(request.stream))
            for _ in 0..<3 { try await peer.send(part) }
            try await peer.send(.ping())
            let first = await peer.next {
                $0.kind == RawFrame.Kind.windowUpdate && $0.stream == request.stream || $0.kind == RawFrame.Kind.ping
            }
            #expect(first?.kind == RawFrame.Kind.ping)
            mayRead.happened()
            let update = await peer.next {
                $0.kind == RawFrame.Kind.windowUpdate && $0.stream == request.stream
            }
            #expect((update?.number(at: 0) ?? 0) >= 32_768)
            try await peer.send(.data(request.stream, "", ends: true))
            _ = await peer.request()
        } _: { client, server in
            let count = try await client.withResponse(from: server.target, deadline: .now + .seconds(20)) { _ in
                HTTPClientRequest(method: .GET, target: "/")
            } _: { response in
                await mayRead.wait()
                return try await response.collect(upTo: 1 << 20).readableBytes
            }
            #expect(count == 3 * 16_384)
        }
    }

    /// Gives `count` parts of 4 KiB.
    private static func parts(_ count: Int, length: Int? = nil, made: Counter = Counter()) -> HTTPClientRequest.Stream {
        HTTPClientRequest.Stream(length: length) {
            made.add() <= count ? ByteBuffer(repeating: 0x61, count: 4_096) : nil
        }
    }

    private static func put(
        _ stream: HTTPClientRequest.Stream, to target: HTTPTarget, with client: HTTPClient
    ) async throws -> String {
        try await client.withResponse(from: target, deadline: .now + .seconds(30)) { _ in
            HTTPClientRequest(method: .PUT, target: "/up", stream: stream)
        } _: { response in
            "\(response.status.code) \(String(buffer: try await response.collect(upTo: 1_000_000)))"
        }
    }

    @Test("a streamed body is made as fast as the server takes it")
    func uploadHeldBack() async throws {
        let made = Counter()
        try await withHTTP2Client { peer, _ in
            let request = try #require(await peer.request())
            #expect(request.fields["content-length"] == nil)
            var received = 0
            while received < 65_535, let frame = await peer.next(RawFrame.Kind.data) { received += frame.payload.count }
            // The window that holds at first is shut.
            try await peer.send(.ping())
            #expect(
                await peer.next { $0.kind == RawFrame.Kind.data || $0.kind == RawFrame.Kind.ping }?.kind
                    == RawFrame.Kind.ping)
            #expect(made.value <= (65_536 + HTTP2OutboundBody.highWater) / 4_096 + 2)
            try await peer.send(.windowUpdate(request.stream, 1 << 20), .windowUpdate(0, 1 << 20))
            while let frame = await peer.next(RawFrame.Kind.data) {
                received += frame.payload.count
                if frame.endsStream { break }
            }
            try await peer.send(.response(request.stream), .data(request.stream, "\(received)", ends: true))
            _ = await peer.request()
        } _: { client, server in
            let answer = try await Self.put(Self.parts(100, made: made), to: server.target, with: client)
            #expect(answer == "200 \(100 * 4_096)")
        }
    }

    @Test("streamed bodies arrive whole, and the connection goes on", arguments: [nil, 8 * 4_096])
    func upload(length: Int?) async throws {
        try await withServer(answer: { request, writer in
            let text = "\(request.body.readableBytes) \(request.headers.first(name: "content-length") ?? "none")"
            try await writer.respond(.ok, body: ByteBuffer(string: text))
        }) { server, loops in
            let client = HTTPClient(on: loops)
            let target = HTTPTarget(.loopback(server.port), version: .http2)
            for _ in 0..<3 {
                let answer = try await Self.put(Self.parts(8, length: length), to: target, with: client)
                #expect(answer == "200 32768 \(length.map { "\($0)" } ?? "none")")
            }
            let empty = try await Self.put(Self.parts(0), to: target, with: client)
            #expect(empty == "200 0 none")
            await client.shutDown()
        }
    }

    @Test("a large body that is whole waits for the server's windows")
    func largeBody() async throws {
        try await withServer(answer: { request, writer in
            try await writer.respond(.ok, body: ByteBuffer(string: "\(request.body.readableBytes)"))
        }) { server, loops in
            let client = HTTPClient(on: loops)
            let target = HTTPTarget(.loopback(server.port), version: .http2)
            let answer = try await client.post(String(repeating: "a", count: 1 << 20), to: target)
            #expect(answer == "200 \(1 << 20)")
            await client.shutDown()
        }
    }

    struct SourceFailed: Error {}

    @Test(
        "a streamed body that fails, or is of another length than announced, resets its stream only", arguments: 0..<3)
    func uploadFails(kind: Int) async throws {
        try await withHTTP2Client { peer, _ in
            let request = try #require(await peer.request())
            #expect(await peer.reset(request.stream) == Self.cancel)
            try await answerAll(peer, 1)
        } _: { client, server in
            let stream =
                switch kind {
                case 0: HTTPClientRequest.Stream { throw SourceFailed() }
                case 1: Self.parts(2, length: 10_000)
                default: Self.parts(2, length: 5_000)
                }
            let error = await #expect(throws: TransportError.self) {
                try await Self.put(stream, to: server.target, with: client)
            }
            #expect(error?.code == .requestBodyFailed)
            let answer = try await client.post(to: server.target)
            #expect(answer == "200 ok")
            #expect(server.accepted.value == 1)
        }
    }

    @Test("an answer before the body's end is taken, and ends the upload", arguments: [false, true])
    func earlyAnswer(resets: Bool) async throws {
        try await withHTTP2Client { peer, _ in
            let request = try #require(await peer.request())
            try await peer.send(.response(request.stream, 413), .data(request.stream, "no", ends: true))
            if resets {
                try await peer.send(.reset(request.stream, code: 0))
            } else {
                #expect(await peer.reset(request.stream) == Self.cancel)
            }
            try await answerAll(peer, 1)
        } _: { client, server in
            let never = Event()
            let stream = HTTPClientRequest.Stream {
                await never.wait()
                return nil
            }
            let answer = try await Self.put(stream, to: server.target, with: client)
            #expect(answer == "413 no")
            let next = try await client.post(to: server.target)
            #expect(next == "200 ok")
            #expect(server.accepted.value == 1)
        }
    }

    @Test("cancelling, and leaving early, reset the stream and give its place back", arguments: [false, true])
    func leaving(cancels: Bool) async throws {
        let arrived = Event()
        try await withHTTP2Client {
            $0.http2.maximumConcurrentStreams = 1
            $0.maximumConnections = 1
        } script: { peer, _ in
            let request = try #require(await peer.request())
            try await peer.send(.response(request.stream), .data(request.stream, "half"))
            arrived.happened()
            #expect(await peer.reset(request.stream) == Self.cancel)
            // What was on its way is no fault.
            try await peer.send(.data(request.stream, "late", ends: true))
            try await answerAll(peer, 1)
        } _: { client, server in
            if cancels {
                let task = Task { try await client.post(to: server.target) }
                await arrived.wait()
                task.cancel()
                let error = await #expect(throws: TransportError.self) { try await task.value }
                #expect(error?.code == .cancelled)
            } else {
                let status = try await client.withResponse(from: server.target, deadline: .now + .seconds(20)) { _ in
                    HTTPClientRequest(method: .GET, target: "/")
                } _: {
                    $0.status
                }
                #expect(status == .ok)
            }
            for _ in 0..<2 {
                let answer = try await client.post(to: server.target)
                #expect(answer == "200 ok")
            }
            #expect(server.accepted.value == 1)
        }
    }

    @Test("an idle connection is closed with a GOAWAY, and so is the last one at shutdown", arguments: [false, true])
    func idle(shutsDown: Bool) async throws {
        let closed = Event()
        try await withHTTP2Client {
            if !shutsDown { $0.idleTimeout = .milliseconds(50) }
        } script: { peer, _ in
            let request = try #require(await peer.request())
            try await peer.send(.response(request.stream, ends: true))
            #expect(await peer.goAway() == 0)
            await peer.waitUntilClosed()
            closed.happened()
        } _: { client, server in
            let answer = try await client.post(to: server.target)
            #expect(answer == "200 ")
            if shutsDown { await client.shutDown() }
            await closed.wait()
        }
    }

    @Test("each phase has its deadline; the stream is reset, and the connection goes on", arguments: 0..<4)
    func deadlines(phase: Int) async throws {
        let short = Duration.milliseconds(80)
        try await withHTTP2Client(settings: phase == 2 ? [(Self.initialWindow, UInt32(0))] : []) {
            switch phase {
            case 0: $0.timeouts.firstByte = short
            case 1, 2: $0.timeouts.idle = short
            // Connecting is part of it.
            default: $0.timeouts.total = .milliseconds(600)
            }
        } script: { peer, _ in
            // On a busy machine the time may be over, and the connection gone, before the server looks.
            guard let request = await peer.request() else { return }
            if phase == 1 || phase == 3 { try await peer.send(.response(request.stream), .data(request.stream, "a")) }
            // Signs of life: it is the stream that is slow.
            try await peer.send(.ping())
            #expect(await peer.reset(request.stream) == Self.cancel)
            try await answerAll(peer, 1)
        } _: { client, server in
            let error: TransportError?
            if phase == 2 {
                error = await #expect(throws: TransportError.self) {
                    try await Self.put(Self.parts(100), to: server.target, with: client)
                }
            } else {
                error = await client.error(to: server.target)
            }
            #expect(error?.code == .deadlineExceeded)
            let texts = [
                "no response within the first-byte timeout", "no byte of the body within the body timeout",
                "the peer took none of the request's body within the body timeout",
                "no complete response before the deadline",
            ]
            #expect(error?.message == texts[phase])
        }
    }

    @Test("a connection that gave no sign of life is given no further requests")
    func silence() async throws {
        try await withHTTP2Client { peer, number in
            if number == 1 {
                let request = try #require(await peer.request())
                try await peer.send(.response(request.stream, ends: true))
                await peer.waitUntilClosed()
            } else {
                try await answerAll(peer, number)
            }
        } _: { client, server in
            let first = try await client.post(to: server.target)
            #expect(first == "200 ")
            #expect(await client.error(to: server.target, firstByte: .milliseconds(150))?.code == .deadlineExceeded)
            let answer = try await client.post(to: server.target)
            #expect(answer == "200 ok")
            #expect(server.accepted.value == 2)
        }
    }
}
