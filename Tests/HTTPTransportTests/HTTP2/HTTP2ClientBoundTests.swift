import NIOCore
import NIOHTTP1
import Testing

@testable import HTTPTransport

@Suite("HTTP/2 client's bounds", .timeLimit(.minutes(1))) struct HTTP2ClientBoundTests {
    @Test("a server that sends past a stream's window loses the stream")
    func windows() async throws {
        let isReset = Event()
        try await withHTTP2Client { peer, _ in
            let request = try #require(await peer.request())
            try await peer.send(.response(request.stream))
            // The settings are acknowledged, so that the stream's window of 64 KiB holds.
            for _ in 0..<5 { try await peer.send(.data(request.stream, [UInt8](repeating: 0x61, count: 16_384))) }
            // FLOW_CONTROL_ERROR
            #expect(await peer.reset(request.stream) == 3)
            isReset.happened()
            try await answerAll(peer, 1)
        } _: { client, server in
            let error = await #expect(throws: TransportError.self) {
                try await client.withResponse(from: server.target, deadline: .now + .seconds(20)) { _ in
                    HTTPClientRequest(method: .GET, target: "/")
                } _: { response in
                    await isReset.wait()
                    let other = try await client.post(to: server.target)
                    #expect(other == "200 ok")
                    while try await response.next() != nil {}
                }
            }
            #expect(error?.code == .malformedResponse)
            #expect(server.accepted.value == 1)
        }
    }

    @Test("answers without end, of many streams that nobody reads, take 64 KiB each")
    func memory() async throws {
        let streams = 40
        try await withHTTP2Client { peer, _ in
            while let request = await peer.request() {
                let stream = request.stream
                try await peer.send(.response(stream))
                // As much as the window allows, a few bytes in each frame.
                for _ in 0..<64 {
                    try await peer.send(
                        (0..<16).flatMap { _ in RawFrame.data(stream, [UInt8](repeating: 0x61, count: 63)).bytes() })
                }
                try await peer.send(.ping())
                if stream == UInt32(2 * streams - 1) {
                    for number in 0..<UInt32(streams) { try await peer.send(.data(2 * number + 1, "", ends: true)) }
                }
            }
        } _: { client, server in
            let arrived = Counter()
            let all = Event()
            let before = ResidentMemory.bytes
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<streams {
                    group.addTask {
                        try await client.withResponse(from: server.target, deadline: .now + .seconds(30)) { _ in
                            HTTPClientRequest(method: .GET, target: "/")
                        } _: { response in
                            if arrived.add() == streams { all.happened() }
                            await all.wait()
                            return try await response.collect(upTo: 1 << 20).readableBytes
                        }
                    }
                }
                for try await count in group { #expect(count == 64 * 16 * 63) }
            }
            #expect(ResidentMemory.bytes - before < 64 << 20)
            #expect(server.accepted.value == 1)
        }
    }

    @Test("a server that takes nothing in holds what is queued for it within the timeouts")
    func stalledSocket() async throws {
        let made = Counter()
        let over = Event()
        try await withHTTP2Client {
            $0.timeouts.idle = .milliseconds(200)
        } script: { peer, _ in
            _ = await peer.request()
            try await peer.channel.setOption(.autoRead, value: false).get()
            try await peer.send(.windowUpdate(1, 1 << 30), .windowUpdate(0, 1 << 30))
            await over.wait()
        } _: { client, server in
            let error = await #expect(throws: TransportError.self) {
                try await client.withResponse(from: server.target, deadline: .now + .seconds(30)) { _ in
                    HTTPClientRequest(
                        method: .PUT, target: "/",
                        stream: .init {
                            made.add()
                            return ByteBuffer(repeating: 0x61, count: 65_536)
                        })
                } _: { _ in
                }
            }
            over.happened()
            #expect(error?.code == .deadlineExceeded)
            // What the sockets' buffers take, and what is queued.
            #expect(made.value * 65_536 < 64 << 20)
        }
    }

    @Test("a block of fields that drips for ever ends with the deadline, and its connection with it")
    func drippingBlock() async throws {
        try await withHTTP2Client { peer, number in
            guard number == 1 else { return try await answerAll(peer, number) }
            let request = try #require(await peer.request())
            try await peer.send(.response(request.stream, ends: true))
            let second = try #require(await peer.request())
            let block = RawFrame(
                kind: RawFrame.Kind.headers, flags: RawFrame.Flag.endHeaders, stream: second.stream,
                payload: RawFrame.block([(":status", "200"), ("a", String(repeating: "b", count: 10_000))]))
            for byte in block.bytes() {
                try await peer.send([byte])
                try await Task.sleep(for: .milliseconds(1))
            }
        } _: { client, server in
            let first = try await client.post(to: server.target)
            #expect(first == "200 ")
            #expect(await client.error(to: server.target, firstByte: .milliseconds(150))?.code == .deadlineExceeded)
            let next = try await client.post(to: server.target)
            #expect(next == "200 ok")
            #expect(server.accepted.value == 2)
        }
    }

    @Test("further requests wait for a place until their deadline, and leave the queue when they are cancelled")
    func waiting() async throws {
        let asked = Event()
        let done = Event()
        try await withHTTP2Client {
            $0.maximumConnections = 1
            $0.http2.maximumConcurrentStreams = 1
        } script: { peer, _ in
            let request = try #require(await peer.request())
            asked.happened()
            await done.wait()
            try await peer.send(.response(request.stream, ends: true))
            try await answerAll(peer, 1)
        } _: { client, server in
            let first = Task { try await client.post(to: server.target) }
            await asked.wait()
            #expect(await client.error(to: server.target, within: .milliseconds(80))?.code == .deadlineExceeded)
            let cancelled = Task { try await client.post(to: server.target) }
            cancelled.cancel()
            let error = await #expect(throws: TransportError.self) { try await cancelled.value }
            #expect(error?.code == .cancelled)
            done.happened()
            let answer = try await first.value
            #expect(answer == "200 ")
            let next = try await client.post(to: server.target)
            #expect(next == "200 ok")
            #expect(server.accepted.value == 1)
        }
    }

    @Test("shutting down ends what is in flight, with its code")
    func shutDown() async throws {
        let asked = Event()
        try await withHTTP2Client { peer, _ in
            _ = await peer.request()
            asked.happened()
            await peer.waitUntilClosed()
        } _: { client, server in
            let request = Task { try await client.post(to: server.target) }
            await asked.wait()
            await client.shutDown()
            let error = await #expect(throws: TransportError.self) { try await request.value }
            #expect(error?.code == .shutDown)
        }
    }

    @Test("a server that sends no SETTINGS is not connected")
    func noSettings() async throws {
        try await withHTTP2Client(settings: nil) {
            $0.timeouts.connect = .milliseconds(100)
        } script: { peer, _ in
            await peer.waitUntilClosed()
        } _: { client, server in
            try await withThrowingTaskGroup(of: TransportError?.self) { group in
                for _ in 0..<3 { group.addTask { await client.error(to: server.target) } }
                for try await error in group {
                    #expect(error?.code == .deadlineExceeded)
                    #expect(error?.message == "no SETTINGS within the connect timeout")
                }
            }
        }
    }

    @Test("everybody who waits for the first connection of a target learns that there is none")
    func refused() async throws {
        let server = try await ScriptedHTTP2Server.start(answerAll)
        await server.stop()
        try await withClient { client, _ in
            try await withThrowingTaskGroup(of: TransportError?.self) { group in
                for _ in 0..<10 { group.addTask { await client.error(to: server.target) } }
                for try await error in group { #expect(error?.code == .connectFailed) }
            }
        }
    }
}
