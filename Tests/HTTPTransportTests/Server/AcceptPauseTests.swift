import Foundation
import NIOCore
import NIOPosix
import Testing

@testable import HTTPTransport

@Suite("Accepting without files", .timeLimit(.minutes(1))) struct AcceptPauseTests {
    @Test("pauses for a moment, and only for want of files or memory")
    func pause() async throws {
        let accepted = Event()
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AcceptPause())
                }
            }
            .childChannelInitializer { channel in
                accepted.happened()
                return channel.eventLoop.makeSucceededVoidFuture()
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let accepts = try await listener.eventLoop.submit { () -> [Bool?] in
            try [ECONNABORTED, EMFILE].map { code in
                listener.pipeline.syncOperations.fireErrorCaught(IOError(errnoCode: code, reason: "accept"))
                return try listener.syncOptions?.getOption(.autoRead)
            }
        }.get()
        #expect(accepts == [true, false])
        let peer = try await RawPeer.connect(to: listener.localAddress?.port ?? 0)
        await accepted.wait()
        await peer.close()
        try await listener.close().get()
    }
}
