import NIOCore
import NIOHTTP1

/// The server's side of a WebSocket's opening handshake.
extension ServerConnection {
    func upgrade(_ upgrade: WebSocketUpgrade) {
        guard let context, let run = server.shared.webSocket else { return }
        phase = .upgraded
        memory.release()
        let settings = WebSocketHandler.Settings(
            isServer: true, maximumMessageBytes: configuration.maximumWebSocketMessageBytes)
        let handler = WebSocketHandler(loop: context.eventLoop, settings: settings)
        let webSocket = WebSocket(handler)
        self.webSocket = webSocket
        let head = """
            HTTP/1.1 101 Switching Protocols\r
            upgrade: websocket\r
            connection: upgrade\r
            sec-websocket-accept: \(WebSocketUpgrade.accept(for: upgrade.key))\r
            \r\n
            """
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: head)), promise: nil)
        do {
            let channelPipeline = context.pipeline
            let pipeline = channelPipeline.syncOperations
            try pipeline.addWebSocketHandlers(handler)
            // Frames may have come with the handshake: the decoder passes what it has left on when it goes.
            let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
            pipeline.removeHandler(decoder).whenComplete { _ in
                channelPipeline.syncOperations.removeHandler(self, promise: nil)
            }
        } catch {
            context.close(promise: nil)
            return
        }
        // Cancelled when the connection ends, however it ends.
        let task = Task(executorPreference: server.executor) {
            await run(webSocket)
            await webSocket.close()
        }
        handler.onClosed = { task.cancel() }
    }
}
