import Dispatch
import HTTPTransport
import NIOCore
import NIOHTTP1
import Synchronization
import Testing

@Suite("A slow reader", .timeLimit(.minutes(2))) struct SlowReaderTests {
    /// Counts what a client's socket brings.
    private final class ByteCounter: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer
        typealias InboundOut = ByteBuffer
        let count = Counter()

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            count.add(unwrapInboundIn(data).readableBytes)
            context.fireChannelRead(data)
        }
    }

    /// Connects a client, sends one request for `/`, and reads no more once its handler has started.
    private func stall(_ server: HTTPServer, isHTTP2: Bool, tls: TLSContext?, _ started: Event) async throws -> (
        channel: any Channel, counter: ByteCounter
    ) {
        let channel: any Channel
        if isHTTP2 {
            let peer = try await RawHTTP2Peer.connect(
                to: server.port, settings: [(4, 0x7fff_ffff)], receiveBuffer: 16_384, tls: tls)
            channel = peer.channel
            try await peer.send(.windowUpdate(0, 0x7f00_0000), .request(1))
        } else {
            let peer = try await RawPeer.connect(to: server.port, receiveBuffer: 16_384, tls: tls)
            channel = peer.channel
            try await peer.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        }
        await started.wait()
        let counter = ByteCounter()
        try await channel.setOption(.autoRead, value: false).get()
        try await channel.pipeline.addHandler(counter, position: .first).get()
        return (channel, counter)
    }

    /// Waits until a number has not moved for a while.
    private func settled(_ number: () -> Int) async throws -> Int {
        var last = -1
        while number() != last || last == 0 {
            last = number()
            try await Task.sleep(for: .milliseconds(300))
        }
        return last
    }

    @Test(
        "makes the process hold 64 KiB at most, over HTTP/1.1 and HTTP/2, plain and with TLS", arguments: [1, 2],
        [false, true])
    func held(version: Int, isTLS: Bool) async throws {
        let given = Counter()
        let (started, go, blocked) = (Event(), Event(), Event())
        let goOn = DispatchSemaphore(value: 0)
        let tls = try TestTLS()
        let certificate = isTLS ? try tls.certificate() : nil
        let client = isTLS ? try tls.client { if version == 2 { $0.applicationProtocols = ["h2"] } } : nil
        try await withServer {
            $0.tls = certificate
        } answer: { request, writer in
            if request.path == "/block" {
                // The server's only loop stands still, so that a client gets what the kernel has and no more.
                blocked.happened()
                goOn.wait()
                return try await echo(request, writer)
            }
            started.happened()
            await go.wait()
            try writer.start(.ok)
            while true {
                given.add(16_384)
                try await writer.write(ByteBuffer(repeating: 0x61, count: 16_384))
            }
        } _: { server, _ in
            defer { goOn.signal() }
            let (channel, counter) = try await stall(server, isHTTP2: version == 2, tls: client, started)
            go.happened()
            let all = try await settled { given.value }
            let block = try await RawPeer.connect(
                to: server.port, tls: isTLS ? try tls.client() : nil)
            try await block.send("GET /block HTTP/1.1\r\nhost: x\r\n\r\n")
            await blocked.wait()
            try await channel.setOption(.autoRead, value: true).get()
            let held = all - (try await settled { counter.count.value })
            #expect(held > 0, "the reader was held back")
            #expect(held <= 65_536)
            #expect(given.value == all)
            try await channel.close().get()
        }
    }

    @Test("that takes in a large answer steadily gets all of it, however long it takes", arguments: [1, 2])
    func steady(version: Int) async throws {
        let size = 3_000_000
        try await withServer {
            $0.writeTimeout = .seconds(2)
        } answer: { _, writer in
            try await writer.respond(.ok, body: ByteBuffer(repeating: 0x61, count: size))
        } _: { server, _ in
            let channel: any Channel
            let counter = ByteCounter()
            if version == 2 {
                let peer = try await RawHTTP2Peer.connect(
                    to: server.port, settings: [(4, 0x7fff_ffff)], receiveBuffer: 65_536, autoRead: false)
                channel = peer.channel
                try await channel.pipeline.addHandler(counter, position: .first).get()
                try await peer.send(.windowUpdate(0, 0x7f00_0000), .request(1))
            } else {
                let peer = try await RawPeer.connect(to: server.port, receiveBuffer: 65_536, autoRead: false)
                channel = peer.channel
                try await channel.pipeline.addHandler(counter, position: .first).get()
                // The connection ends behind the answer: that must wait for the reader too.
                try await peer.send("GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
            }
            while counter.count.value < size, channel.isActive {
                channel.read()
                try await Task.sleep(for: .milliseconds(40))
            }
            #expect(counter.count.value >= size)
            try? await channel.close().get()
        }
    }
}
