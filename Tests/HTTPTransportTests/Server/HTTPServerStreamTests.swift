import HTTPTransport
import NIOCore
import NIOHTTP1
import Testing

@Suite("HTTP server's streams", .timeLimit(.minutes(1))) struct HTTPServerStreamTests {
    private let get = "GET / HTTP/1.1\r\nhost: x\r\n\r\n"

    @Test("sends each chunk at once")
    func chunks() async throws {
        let steps = (0..<3).map { _ in Event() }
        try await withServer { _ in
        } answer: { _, writer in
            try writer.start(.ok, headers: ["content-type": "text/event-stream"])
            for (index, step) in steps.enumerated() {
                try await writer.write(ByteBuffer(string: "data: \(index)\n\n"))
                await step.wait()
            }
            try await writer.write(ByteBuffer())
            try await writer.write(ByteBuffer(repeating: 0x61, count: 40_000))
            try await writer.finish()
        } _: { server, _ in
            let peer = try await RawPeer.connect(to: server.port)
            try await peer.send(get)
            let first = await peer.receive(until: "\n\n\r\n")
            #expect(first?.contains("transfer-encoding: chunked\r\n\r\n9\r\ndata: 0\n\n\r\n") == true)
            steps[0].happened()
            #expect(await peer.receive(until: "\n\n\r\n") == "9\r\ndata: 1\n\n\r\n")
            steps[1].happened()
            #expect(await peer.receive(until: "\n\n\r\n") == "9\r\ndata: 2\n\n\r\n")
            steps[2].happened()
            let rest = await peer.receive(until: "0\r\n\r\n")
            #expect(rest == "9c40\r\n" + String(repeating: "a", count: 40_000) + "\r\n0\r\n\r\n")
            try await peer.send(get)
            #expect(await peer.receive(until: "data: 0") != nil, "the connection goes on")
        }
    }

    @Test("what is recorded is the answer that was given, not one that could not be")
    func recording() async throws {
        try await withServer { _ in
        } answer: { _, writer in
            writer.record(upTo: 100)
            await #expect(throws: TransportError.self) {
                try await writer.respond(.ok, headers: ["x": "a\r\nb"], body: ByteBuffer(string: "bad"))
            }
            #expect(writer.recorded == nil)
            try await writer.respond(.accepted, body: ByteBuffer(string: "good"))
            #expect(writer.recorded?.status == .accepted)
            #expect(writer.recorded?.body == ByteBuffer(string: "good"))
            await #expect(throws: TransportError.self) { try await writer.respond(.ok) }
            #expect(writer.recorded?.status == .accepted)
        } _: { server, _ in
            let peer = try await RawPeer.connect(to: server.port)
            try await peer.send(get)
            #expect(await peer.receive(until: "good") != nil)
        }
    }

    @Test("delimits by closing for HTTP/1.0")
    func oldStream() async throws {
        try await withServer { _ in
        } answer: { _, writer in
            try writer.start(.ok)
            try await writer.write(ByteBuffer(string: "a"))
            try await writer.write(ByteBuffer(string: "b"))
            try await writer.finish()
        } _: { server, _ in
            let peer = try await RawPeer.connect(to: server.port)
            try await peer.send("GET / HTTP/1.0\r\n\r\n")
            let answer = await peer.receiveAll()
            #expect(answer.hasSuffix("connection: close\r\n\r\nab"))
            #expect(!answer.contains("chunked"))
            #expect(!peer.wasReset)
        }
    }

    @Test("waits for a slow reader")
    func slowReader() async throws {
        let written = Counter()
        let total = 400
        try await withServer { _ in
        } answer: { _, writer in
            try writer.start(.ok)
            for _ in 0..<total {
                try await writer.write(ByteBuffer(repeating: 0x61, count: 65_536))
                written.add()
            }
            try await writer.finish()
        } _: { server, _ in
            let peer = try await RawPeer.connect(to: server.port, receiveBuffer: 8_192, autoRead: false)
            try await peer.send(get)
            // Until the kernel's buffers are full.
            var last = -1
            while written.value != last || last == 0 {
                last = written.value
                try await Task.sleep(for: .milliseconds(100))
            }
            #expect(written.value < total, "26 MB cannot all be on their way")
            try await peer.channel.setOption(.autoRead, value: true).get()
            #expect(await peer.receive { $0.hasSuffix("\r\n0\r\n\r\n") } != nil)
            #expect(written.value == total)
        }
    }

    @Test("cuts off a reader that takes in nothing")
    func stalledReader() async throws {
        let ended = Event()
        try await withServer {
            $0.writeTimeout = .milliseconds(200)
        } answer: { _, writer in
            try writer.start(.ok)
            do {
                while true { try await writer.write(ByteBuffer(repeating: 0x61, count: 65_536)) }
            } catch {
                #expect((error as? TransportError)?.code == .writeTimedOut)
                ended.happened()
                throw error
            }
        } _: { server, _ in
            let peer = try await RawPeer.connect(to: server.port, receiveBuffer: 8_192, autoRead: false)
            try await peer.send(get)
            await ended.wait()
        }
    }

    enum Leaving: CaseIterable { case closes, resets }
    enum Moment: CaseIterable { case beforeTheAnswer, betweenChunks, whilePipelining, whileBlocked }

    @Test(
        "a client that leaves cancels its task", .timeLimit(.minutes(1)), arguments: Leaving.allCases, Moment.allCases)
    func clientLeaves(how: Leaving, when: Moment) async throws {
        let started = Event()
        let cancelled = Event()
        try await withServer { _ in
        } answer: { _, writer in
            if when != .beforeTheAnswer && when != .whilePipelining {
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
            if Task.isCancelled { cancelled.happened() }
            await #expect(throws: TransportError.self) { try await writer.write(ByteBuffer(string: "more")) }
        } _: { server, _ in
            let isBlocked = when == .whileBlocked
            let peer = try await RawPeer.connect(
                to: server.port, receiveBuffer: isBlocked ? 8_192 : nil, autoRead: !isBlocked)
            // With requests queued behind this one the server has stopped reading.
            let repeats = when == .whilePipelining ? 500 : 1
            try await peer.send(String(repeating: get, count: repeats))
            await started.wait()
            switch how {
            case .closes: await peer.close()
            case .resets: await peer.reset()
            }
            await cancelled.wait()
        }
    }
}
