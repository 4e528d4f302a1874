import NIOCore
import NIOEmbedded
import Testing

@testable import HTTPTransport

@Suite("TLS handler") struct TLSHandlerTests {
    /// What came out of one side's handler.
    private final class Record: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        var received = ByteBuffer()
        var reads = 0
        var isActive = false
        var isEnded = false
        var error: TransportError?

        func channelActive(context: ChannelHandlerContext) { isActive = true }
        func channelInactive(context: ChannelHandlerContext) { isEnded = true }
        func errorCaught(context: ChannelHandlerContext, error: any Error) { self.error = error as? TransportError }
        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            reads += 1
            received.writeImmutableBuffer(unwrapInboundIn(data))
        }
    }

    private struct Side {
        let channel = EmbeddedChannel()
        let record = Record()
        let session: TLSSession

        init(_ session: TLSSession, timeout: Duration? = nil) throws {
            self.session = session
            let handler = TLSHandler(session, handshakeTimeout: timeout)
            try channel.pipeline.syncOperations.addHandlers([handler, record])
            try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        }

        func close() {
            _ = try? channel.finish(acceptAlreadyClosed: true)
        }
    }

    private struct Pair {
        let client: Side
        let server: Side

        init(_ tls: TestTLS, _ configure: (inout TLSClientConfiguration) -> Void = { _ in }) throws {
            server = try Side(.server(tls.server()))
            client = try Side(.client(tls.client(configure), host: "localhost"))
        }

        /// Carries what either side sends to the other, in pieces, until both are silent.
        func carry(pieces: Int = .max) throws {
            while try carry(from: client, to: server, pieces) || carry(from: server, to: client, pieces) {}
        }

        private func carry(from: Side, to: Side, _ pieces: Int) throws -> Bool {
            guard var bytes = try from.channel.readOutbound(as: ByteBuffer.self) else { return false }
            while let piece = bytes.readSlice(length: min(pieces, bytes.readableBytes)), piece.readableBytes > 0 {
                guard to.channel.isActive else { break }
                try to.channel.writeInbound(piece)
            }
            return true
        }

        func close() {
            client.close()
            server.close()
        }
    }

    @Test("carries everything when bytes come one at a time")
    func bytewise() throws {
        let pair = try Pair(TestTLS())
        try pair.carry(pieces: 1)
        #expect(pair.client.record.isActive && pair.server.record.isActive)
        try pair.client.channel.writeOutbound(ByteBuffer(string: "ping"))
        try pair.server.channel.writeOutbound(ByteBuffer(repeating: 0x70, count: 40_000))
        try pair.carry(pieces: 1)
        #expect(pair.server.record.received == ByteBuffer(string: "ping"))
        #expect(pair.client.record.received == ByteBuffer(repeating: 0x70, count: 40_000))
        pair.close()
    }

    @Test("sends what was written before the handshake ended, in order, and no more than fits")
    func early() throws {
        let pair = try Pair(TestTLS())
        let written = pair.client.channel.writeAndFlush(ByteBuffer(string: "one"))
        pair.client.channel.writeAndFlush(ByteBuffer(string: " two"), promise: nil)
        let tooMuch = pair.client.channel.writeAndFlush(ByteBuffer(repeating: 0, count: TLSHandler.maximumWaitingBytes))
        #expect(throws: TransportError.self) { try tooMuch.wait() }
        try pair.carry()
        try written.wait()
        #expect(pair.server.record.received == ByteBuffer(string: "one two"))
        pair.close()
    }

    @Test("tells the other side that it ends, and neither side of a fault", arguments: [true, false])
    func cleanEnd(clientCloses: Bool) throws {
        let pair = try Pair(TestTLS())
        try pair.carry()
        let (first, second) = clientCloses ? (pair.client, pair.server) : (pair.server, pair.client)
        first.channel.write(ByteBuffer(string: "last"), promise: nil)
        let closed = first.channel.close()
        try pair.carry()
        try closed.wait()
        #expect(second.record.received == ByteBuffer(string: "last"))
        #expect(first.record.isEnded && second.record.isEnded)
        #expect(first.record.error == nil && second.record.error == nil)
        #expect(throws: (any Error).self) { try second.channel.writeAndFlush(ByteBuffer(string: "late")).wait() }
        pair.close()
    }

    @Test("reports an end without the closing alert: something may be missing")
    func truncation() throws {
        let pair = try Pair(TestTLS())
        try pair.carry()
        pair.client.channel.pipeline.fireChannelInactive()
        #expect(pair.client.record.error?.code == .connectionClosed)
        #expect(
            pair.client.record.error?.message == "the connection with localhost ended without TLS's closing alert")
        pair.close()
    }

    @Test("leaves out the closing alert when a connection is broken off on purpose")
    func aborts() throws {
        let pair = try Pair(TestTLS())
        try pair.carry()
        pair.server.channel.resetOnClose()
        try pair.server.channel.close().wait()
        let rest = try pair.server.channel.readOutbound(as: ByteBuffer.self)
        #expect(rest == nil)
        #expect(pair.server.record.isEnded)
        pair.close()
    }

    @Test("refuses a record that was changed on its way")
    func tampering() throws {
        let pair = try Pair(TestTLS())
        try pair.carry()
        try pair.server.channel.writeOutbound(ByteBuffer(string: "pay 1 to Alice"))
        var bytes = try #require(try pair.server.channel.readOutbound(as: ByteBuffer.self))
        let last = bytes.writerIndex - 1
        let byte = try #require(bytes.getInteger(at: last, as: UInt8.self))
        bytes.setInteger(byte ^ 1, at: last)
        try pair.client.channel.writeInbound(bytes)
        #expect(pair.client.record.received.readableBytes == 0)
        #expect(pair.client.record.error?.code == .tlsFailed)
        #expect(pair.client.record.isEnded)
        pair.close()
    }

    @Test("tells the server why its certificate was refused")
    func alert() throws {
        let tls = try TestTLS()
        let server = try Side(.server(tls.server(TestName(name: "node", validFrom: -3, validUntil: -1))))
        let client = try Side(.client(tls.client(), host: "localhost"))
        try client.channel.readOutbound(as: ByteBuffer.self).map { _ = try server.channel.writeInbound($0) }
        while let bytes = try server.channel.readOutbound(as: ByteBuffer.self) {
            if client.channel.isActive { try client.channel.writeInbound(bytes) }
        }
        while let bytes = try client.channel.readOutbound(as: ByteBuffer.self) {
            if server.channel.isActive { try server.channel.writeInbound(bytes) }
        }
        #expect(client.record.error?.code == .certificateRejected)
        #expect(!client.record.isActive && client.record.isEnded)
        #expect(server.record.error?.code == .tlsFailed)
        #expect(server.record.error?.source == .downstream)
        #expect(server.record.error?.message.contains("certificate expired") == true)
        client.close()
        server.close()
    }

    @Test("gives a client no longer than the timeout for its handshake")
    func slowHandshake() throws {
        let side = try Side(.server(TestTLS().server()), timeout: .seconds(10))
        side.channel.embeddedEventLoop.advanceTime(by: .seconds(9))
        #expect(side.channel.isActive)
        side.channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(!side.channel.isActive)
        #expect(side.record.error?.code == .deadlineExceeded)
        side.close()
    }

    @Test("writes nothing of a large message into one buffer that is larger than a few records")
    func slices() throws {
        let pair = try Pair(TestTLS())
        try pair.carry()
        let written = pair.client.channel.writeAndFlush(ByteBuffer(repeating: 1, count: 1_000_000))
        try written.wait()
        var total = 0
        while let bytes = try pair.client.channel.readOutbound(as: ByteBuffer.self) {
            #expect(bytes.readableBytes < TLSHandler.sliceBytes + 1_024)
            total += bytes.readableBytes
            try pair.server.channel.writeInbound(bytes)
        }
        #expect(total > 1_000_000)
        #expect(pair.server.record.received.readableBytes == 1_000_000)
        pair.close()
    }

    @Test("asks the socket for more only while a record is incomplete, or the reader asks")
    func demand() throws {
        final class Reads: ChannelOutboundHandler {
            typealias OutboundIn = ByteBuffer
            var count = 0
            func read(context: ChannelHandlerContext) { count += 1 }
        }
        let pair = try Pair(TestTLS())
        try pair.carry()
        let reads = Reads()
        try pair.client.channel.pipeline.syncOperations.addHandler(reads, position: .first)
        try pair.server.channel.writeOutbound(ByteBuffer(string: "record"))
        var bytes = try #require(try pair.server.channel.readOutbound(as: ByteBuffer.self))
        pair.client.channel.read()
        #expect(reads.count == 1)
        let beginning = try #require(bytes.getSlice(at: bytes.readerIndex, length: 10))
        bytes.moveReaderIndex(forwardBy: 10)
        try pair.client.channel.writeInbound(beginning)
        #expect(reads.count == 2, "the reader still waits")
        try pair.client.channel.writeInbound(bytes)
        #expect(pair.client.record.received == ByteBuffer(string: "record"))
        #expect(reads.count == 2, "the reader has something")
        pair.close()
    }

    @Test("frees OpenSSL's part with the channel")
    func lifetime() throws {
        weak var session: TLSSession?
        do {
            let pair = try Pair(TestTLS())
            try pair.carry()
            session = pair.client.session
            pair.close()
            #expect(session != nil)
        }
        #expect(session == nil)
    }

    @Test("ends handshakes that are changed anywhere, without a trap")
    func mutations() throws {
        let tls = try TestTLS()
        let (clientContext, serverContext) = (try tls.client(), try tls.server())
        var random = Deterministic(state: 4)
        for _ in 0..<400 {
            let server = try Side(.server(serverContext))
            let client = try Side(.client(clientContext, host: "localhost"))
            // One byte of each flight, or its length, is another one.
            for _ in 0..<6 {
                for (from, to) in [(client, server), (server, client)] {
                    guard var bytes = try from.channel.readOutbound(as: ByteBuffer.self), to.channel.isActive else {
                        continue
                    }
                    let index = Int(random.next() % UInt64(max(bytes.readableBytes, 1)))
                    if index % 16 == 0 {
                        bytes.moveWriterIndex(to: index)
                    } else {
                        bytes.setInteger(UInt8(truncatingIfNeeded: random.next()), at: index)
                    }
                    try to.channel.writeInbound(bytes)
                }
            }
            #expect(client.record.received.readableBytes == 0)
            client.close()
            server.close()
        }
    }

    /// The same numbers each time.
    private struct Deterministic: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ (state >> 29)
        }
    }

    @Test("settles on the newest version, and on the protocol that both know")
    func negotiation() throws {
        let pair = try Pair(TestTLS()) { $0.applicationProtocols = ["h2", "http/1.1"] }
        try pair.carry()
        #expect(pair.client.session.version == "TLSv1.3")
        #expect(pair.client.session.applicationProtocol == "http/1.1")
        pair.close()
    }
}
