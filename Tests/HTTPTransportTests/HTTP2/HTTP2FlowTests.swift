import HTTPTransport
import NIOCore
import NIOHTTP1
import Testing

@Suite("HTTP/2 server's flow control", .timeLimit(.minutes(1))) struct HTTP2FlowTests {
    /// SETTINGS_INITIAL_WINDOW_SIZE
    private static let initialWindow: UInt16 = 4

    @Test("a stream whose window is shut holds its writer, and no other stream's")
    func shutWindow() async throws {
        let written = Counter()
        try await withServer { _ in
        } answer: { request, writer in
            guard request.path == "/long" else { return try await echo(request, writer) }
            try writer.start(.ok)
            for _ in 0..<64 {
                try await writer.write(ByteBuffer(repeating: 0x61, count: 4_096))
                written.add()
            }
            try await writer.finish()
        } _: { server, _ in
            let peer = try await RawHTTP2Peer.connect(to: server.port, settings: [(Self.initialWindow, 1_000)])
            try await peer.send(.request(1, "GET", "/long"))
            #expect(await peer.next(RawFrame.Kind.data)?.payload.count == 1_000)
            // The other stream has a window of its own.
            try await peer.send(.request(3, "GET", "/other"))
            #expect(await peer.answer(3).body == "GET /other ")
            #expect(written.value <= 16, "at most 64 KiB wait in the server")
            try await peer.send(.windowUpdate(1, 300_000), .windowUpdate(0, 300_000))
            #expect(await peer.answer(1).body.utf8.count == 64 * 4_096 - 1_000)
        }
    }

    @Test("bodies of requests open the windows only as they are read")
    func slowReader() async throws {
        let go = Event()
        try await withServer(reception: { _ in .stream(upTo: 10_000_000) }) { request, writer in
            await go.wait()
            var count = 0
            while let part = try await request.bodyStream?.next() { count += part.readableBytes }
            try await writer.respond(.ok, body: ByteBuffer(string: "\(count)"))
        } _: { server, _ in
            let peer = try await RawHTTP2Peer.connect(to: server.port)
            try await peer.send(.request(1, "POST", "/", ends: false))
            // What may be sent before the server's SETTINGS are read and acknowledged.
            let window = 65_535
            for count in [16_384, 16_384, 16_384, 16_383] {
                try await peer.send(.data(1, [UInt8](repeating: 0x61, count: count)))
            }
            // Nothing but the preface's frames comes before the reader starts.
            try await peer.send(.ping())
            let opened = await peer.next { $0.kind == RawFrame.Kind.windowUpdate && $0.stream == 1 || $0.isPing }
            #expect(opened?.kind == RawFrame.Kind.ping)
            go.happened()
            let update = await peer.next { $0.kind == RawFrame.Kind.windowUpdate && $0.stream == 1 }
            #expect((update?.number(at: 0) ?? 0) >= UInt32(window / 2))
            try await peer.send(.data(1, "end", ends: true))
            #expect(await peer.answer(1).body == "\(window + 3)")
        }
    }

    @Test("a body streams both ways at once, with trailers on both")
    func duplex() async throws {
        try await withServer(reception: { _ in .stream(upTo: 10_000_000) }) { request, writer in
            try writer.start(.ok)
            while let part = try await request.bodyStream?.next() { try await writer.write(part) }
            try await writer.finish(trailers: request.bodyStream?.trailers ?? [:])
        } _: { server, _ in
            let peer = try await RawHTTP2Peer.connect(to: server.port)
            try await peer.send(.request(1, "POST", "/", ends: false))
            for text in ["one", "two", "three"] {
                try await peer.send(.data(1, text))
                #expect(await peer.next(RawFrame.Kind.data)?.text == text)
            }
            try await peer.send(.headers(1, [("x-sum", "3")]))
            #expect(await peer.answer(1).trailers == ["x-sum": "3"])
        }
    }

    @Test("an early answer leaves before the client is told to stop sending")
    func early() async throws {
        try await withServer(reception: { _ in .refuse }) { _, writer in
            try await writer.respond(.forbidden, body: ByteBuffer(string: "no"))
        } _: { server, _ in
            let peer = try await RawHTTP2Peer.connect(to: server.port)
            try await peer.send(.request(1, "POST", "/", ends: false))
            let answer = await peer.answer(1)
            #expect(answer.status == "403" && answer.body == "no" && answer.isComplete)
            #expect(await peer.reset(1) == 0, "NO_ERROR")
        }
    }

    @Test("100 Continue is sent when the body is wanted")
    func expectation() async throws {
        try await withServer(answer: echo) { server, _ in
            let peer = try await RawHTTP2Peer.connect(to: server.port)
            try await peer.send(.request(1, "POST", "/", [("expect", "100-continue")], ends: false))
            #expect(await peer.next(RawFrame.Kind.headers)?.fields[":status"] == "100")
            try await peer.send(.data(1, "x", ends: true))
            #expect(await peer.answer(1).status == "200")
            try await peer.send(.request(3, "POST", "/", [("expect", "a miracle")], ends: false))
            #expect(await peer.answer(3).status == "417")
        }
    }
}

extension RawFrame {
    var isPing: Bool { kind == Kind.ping }
}
