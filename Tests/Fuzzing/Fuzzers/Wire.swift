import NIOCore
import NIOEmbedded

/// A connection without a socket. Bytes arrive only when the pipeline has asked for them, as with a real one.
final class Wire {
    let channel = EmbeddedChannel()
    private let gate = ReadGate()

    var loop: EmbeddedEventLoop { channel.embeddedEventLoop }

    init() {
        do { try channel.pipeline.syncOperations.addHandler(gate) } catch { fatalError("no pipeline: \(error)") }
    }

    func open() {
        do {
            try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        } catch {
            fatalError("the channel does not open: \(error)")
        }
        settle()
    }

    /// Delivers one read.
    ///
    /// - Returns: false when the pipeline asks for nothing, or is closed.
    func deliver(_ bytes: ByteBuffer) -> Bool {
        settle()
        guard channel.isActive, gate.isReadWanted else { return false }
        gate.isReadWanted = false
        channel.pipeline.fireChannelRead(bytes)
        channel.pipeline.fireChannelReadComplete()
        channel.pipeline.read()
        settle()
        return true
    }

    /// The peer closes; everything that hangs on the connection must end.
    func close() {
        channel.close(promise: nil)
        settle()
    }

    /// Everything written so far and not yet taken.
    func written() -> [UInt8] {
        var bytes: [UInt8] = []
        while let next = try? channel.readOutbound(as: ByteBuffer.self) {
            bytes.append(contentsOf: next.readableBytesView)
        }
        return bytes
    }

    /// Lets every timer fire that is still set.
    func expireTimers() { loop.advanceTime(by: .hours(24 * 365 * 50)) }

    private func settle() { loop.run() }
}

/// Notes whether somebody asked for more bytes.
private final class ReadGate: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer
    var isReadWanted = true

    func read(context: ChannelHandlerContext) { isReadWanted = true }
}
