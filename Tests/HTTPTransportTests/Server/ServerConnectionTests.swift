import Logging
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import HTTPTransport

@Suite("Server connection") struct ServerConnectionTests {
    private func channel() throws -> EmbeddedChannel {
        let channel = EmbeddedChannel()
        let shared = ServerShared(
            configuration: HTTPServerConfiguration(), responder: ClosureResponder(answer: echo), webSocket: nil,
            logger: Logger(label: "test"))
        let server = ServerLoop(shared: shared, executor: LoopExecutor(loop: channel.embeddedEventLoop))
        let origin = ConnectionOrigin(.unixSocket, proxies: TrustedProxies(), isTLS: false)
        try channel.pipeline.syncOperations.addHandler(ServerConnection(on: server, from: origin))
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        return channel
    }

    private func head(_ path: String) -> HTTPServerRequestPart {
        .head(HTTPRequestHead(version: .http1_1, method: .GET, uri: path, headers: ["host": "x"]))
    }

    private func answers(_ channel: EmbeddedChannel) throws -> [String] {
        var answers: [String] = []
        while let bytes = try channel.readOutbound(as: ByteBuffer.self) {
            answers.append(String(String(buffer: bytes).split(separator: "\r\n").last ?? ""))
        }
        return answers
    }

    @Test("answers with one write, within the read that brought the request")
    func whole() throws {
        let channel = try channel()
        try channel.writeInbound(head("/a"))
        try channel.writeInbound(HTTPServerRequestPart.end(nil))
        #expect(try answers(channel) == ["GET /a "])
        _ = try channel.finish(acceptAlreadyClosed: true)
    }

    @Test("waits with the next request until the client has taken in the last answer")
    func slowClient() throws {
        let channel = try channel()
        channel.isWritable = false
        try channel.writeInbound(head("/a"))
        try channel.writeInbound(HTTPServerRequestPart.end(nil))
        try channel.writeInbound(head("/b"))
        #expect(try answers(channel) == ["GET /a "])
        channel.isWritable = true
        channel.pipeline.fireChannelWritabilityChanged()
        // More may arrive before the queued parts are taken up; it belongs behind them.
        try channel.writeInbound(HTTPServerRequestPart.end(nil))
        try channel.writeInbound(head("/c"))
        try channel.writeInbound(HTTPServerRequestPart.end(nil))
        channel.embeddedEventLoop.run()
        #expect(try answers(channel) == ["GET /b ", "GET /c "])
        _ = try channel.finish(acceptAlreadyClosed: true)
    }

    @Test("a syntax error waits behind queued requests")
    func faultBehindQueue() throws {
        let channel = try channel()
        channel.isWritable = false
        try channel.writeInbound(head("/a"))
        try channel.writeInbound(HTTPServerRequestPart.end(nil))
        try channel.writeInbound(head("/b"))
        try channel.writeInbound(HTTPServerRequestPart.end(nil))
        channel.isWritable = true
        channel.pipeline.fireChannelWritabilityChanged()
        channel.pipeline.fireErrorCaught(HTTPParserError.invalidConstant)
        channel.embeddedEventLoop.run()
        let texts = try answers(channel)
        #expect(texts.prefix(2) == ["GET /a ", "GET /b "])
        #expect(texts.dropFirst(2).first?.hasPrefix("400 ") == true)
        _ = try channel.finish(acceptAlreadyClosed: true)
    }
}
