import NIOCore
import NIOEmbedded
import NIOWebSocket
import Testing

@testable import HTTPTransport

@Suite("WebSocket handler") struct WebSocketHandlerTests {
    private func channel(
        isServer: Bool = true, _ configure: (inout WebSocketHandler.Settings) -> Void = { _ in }
    ) throws -> (EmbeddedChannel, WebSocketHandler) {
        let channel = EmbeddedChannel()
        var settings = WebSocketHandler.Settings(isServer: isServer, maximumMessageBytes: 100)
        configure(&settings)
        let handler = WebSocketHandler(loop: channel.embeddedEventLoop, settings: settings)
        try channel.pipeline.syncOperations.addHandler(handler)
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        return (channel, handler)
    }

    private func frame(_ opcode: WebSocketOpcode, _ text: String = "") -> WebSocketFrame {
        let mask: WebSocketMaskingKey = [1, 2, 3, 4]
        var data = ByteBuffer(string: text)
        data.webSocketMask(mask)
        return WebSocketFrame(fin: true, opcode: opcode, maskKey: mask, data: data)
    }

    @Test("answers pings and queues messages")
    func pings() throws {
        let (channel, handler) = try channel()
        try channel.writeInbound(frame(.ping, "p"))
        let pong = try #require(try channel.readOutbound(as: WebSocketFrame.self))
        #expect(pong.opcode == .pong)
        #expect(String(buffer: pong.data) == "p")
        #expect(try handler.takeMessage() == nil)
        try channel.writeInbound(frame(.text, "m"))
        #expect(try handler.takeMessage() == .some(ByteBuffer(string: "m")))
        _ = try channel.finish(acceptAlreadyClosed: true)
    }

    @Test("pings a silent peer, then takes it for dead")
    func deadPeer() throws {
        let (channel, handler) = try channel()
        let interval = TimeAmount.seconds(15)
        channel.embeddedEventLoop.advanceTime(by: interval)
        #expect(try channel.readOutbound(as: WebSocketFrame.self) == nil, "it was just opened")
        channel.embeddedEventLoop.advanceTime(by: interval)
        #expect(try channel.readOutbound(as: WebSocketFrame.self)?.opcode == .ping)
        try channel.writeInbound(frame(.pong))
        channel.embeddedEventLoop.advanceTime(by: interval)
        #expect(try channel.readOutbound(as: WebSocketFrame.self) == nil, "it answered")
        channel.embeddedEventLoop.advanceTime(by: interval)
        #expect(try channel.readOutbound(as: WebSocketFrame.self)?.opcode == .ping)
        channel.embeddedEventLoop.advanceTime(by: interval)
        #expect(!channel.isActive)
        let error = #expect(throws: TransportError.self) { try handler.takeMessage() }
        #expect(error?.code == .connectionClosed)
    }

    @Test("echoes a close and ends cleanly, after what is queued")
    func close() throws {
        let (channel, handler) = try channel()
        try channel.writeInbound(frame(.text, "last"))
        try channel.writeInbound(frame(.connectionClose))
        #expect(try channel.readOutbound(as: WebSocketFrame.self)?.opcode == .connectionClose)
        #expect(!channel.isActive)
        #expect(try handler.takeMessage() == .some(ByteBuffer(string: "last")))
        #expect(try handler.takeMessage() == .some(nil))
        #expect(throws: TransportError.self) { try handler.send(ByteBuffer(string: "late")) }
    }

    @Test("a peer that does not answer a close is cut off")
    func unansweredClose() throws {
        let (channel, handler) = try channel()
        handler.goAway()
        #expect(try channel.readOutbound(as: WebSocketFrame.self)?.opcode == .connectionClose)
        channel.embeddedEventLoop.advanceTime(by: .seconds(4))
        #expect(channel.isActive)
        channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(!channel.isActive)
    }

    @Test("stops reading while its queue is full")
    func backPressure() throws {
        let (channel, handler) = try channel { $0.maximumQueuedMessages = 2 }
        let reads = ReadCounter()
        try channel.pipeline.syncOperations.addHandler(reads, position: .first)
        for text in ["a", "b"] { try channel.writeInbound(frame(.text, text)) }
        let before = reads.count
        channel.read()
        #expect(reads.count == before)
        _ = try handler.takeMessage()
        #expect(reads.count > before)
        _ = try channel.finish(acceptAlreadyClosed: true)
    }

    @Test("masks as a client, and never as a server", arguments: [true, false])
    func masks(isServer: Bool) throws {
        let (channel, handler) = try channel(isServer: isServer)
        _ = try handler.send(ByteBuffer(string: "a"))
        let sent = try #require(try channel.readOutbound(as: WebSocketFrame.self))
        #expect((sent.maskKey != nil) != isServer)
        #expect(sent.opcode == .text && sent.fin)
        _ = try channel.finish(acceptAlreadyClosed: true)
    }

    private final class ReadCounter: ChannelOutboundHandler {
        typealias OutboundIn = WebSocketFrame
        var count = 0

        func read(context: ChannelHandlerContext) {
            count += 1
            context.read()
        }
    }
}
