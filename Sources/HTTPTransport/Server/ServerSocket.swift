import NIOCore
import NIOPosix

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Opens a server's listening socket, TCP or Unix.
enum ServerSocket {
    /// - Parameter accept: sets up each accepted connection, on its loop.
    /// - Throws: ``TransportError`` with code `bindFailed`.
    static func bind(
        _ configuration: HTTPServerConfiguration, on loops: EventLoops,
        accept: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>
    ) async throws(TransportError) -> any Channel {
        let bootstrap = ServerBootstrap(group: loops.group)
            .serverChannelOption(.backlog, value: Int32(clamping: configuration.backlog))
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AcceptPause())
                }
            }
            // One read, of at most 64 KiB, and then the question whether more has a place.
            .childChannelOption(.maxMessagesPerRead, value: 1)
            // What waits for a slow reader: less than 32 KiB and the chunk that exceeds them.
            .childChannelOption(.writeBufferWaterMark, value: .init(low: 8 * 1_024, high: 32 * 1_024))
        if let path = configuration.unixSocket {
            return try await bind(bootstrap.childChannelInitializer(accept), toUnixSocket: path)
        }
        do {
            return
                try await bootstrap
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                .childChannelInitializer { channel in
                    // Without an address the client is gone already, and must not pass for one by the Unix socket.
                    guard channel.remoteAddress != nil else { return channel.close() }
                    limitUnsent(channel)
                    return accept(channel)
                }
                .bind(host: configuration.host, port: configuration.port).get()
        } catch {
            throw TransportError(
                .bindFailed, .gateway, "cannot listen on \(configuration.host):\(configuration.port)", cause: error)
        }
    }

    /// So much may wait in the kernel unsent. By default it takes up megabytes, so that for a long time nothing shows
    /// whether a slow client reads at all. Where the system does not know the option, that stays.
    private static func limitUnsent(_ channel: any Channel) {
        let notSentLowWater = NIOBSDSocket.Option(rawValue: 25)
        try? channel.syncOptions?.setOption(.tcpOption(notSentLowWater), value: 64 * 1_024)
    }

    private static func bind(
        _ bootstrap: ServerBootstrap, toUnixSocket path: String
    ) async throws(TransportError) -> any Channel {
        do {
            try removeAbandoned(path)
            let listener = try await bootstrap.bind(unixDomainSocketPath: path).get()
            chmod(path, 0o660)
            listener.closeFuture.whenComplete { _ in unlink(path) }
            return listener
        } catch {
            throw TransportError(.bindFailed, .gateway, "cannot listen on the Unix socket \(path)", cause: error)
        }
    }

    /// Removes a socket that a process left behind; one that somebody listens on, and any other file, stays.
    private static func removeAbandoned(_ path: String) throws(TransportError) {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else { return }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let isFitting = withUnsafeMutableBytes(of: &address.sun_path) { space in
            guard path.utf8.count < space.count else { return false }
            space.copyBytes(from: path.utf8)
            return true
        }
        guard isFitting else { throw TransportError(.bindFailed, .gateway, "the path is too long for a socket") }
        let socket = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard socket >= 0 else { return }
        defer { close(socket) }
        let result = withUnsafePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        // EAGAIN: it has a listener, whose queue is full.
        if result == 0 || errno == EAGAIN {
            throw TransportError(.bindFailed, .gateway, "another process listens on it")
        }
        if errno == ECONNREFUSED { unlink(path) }
    }
}

extension Channel {
    /// Bytes that were written and that the kernel has not taken; 0 where the channel does not tell. On its loop.
    var unsentBytes: Int {
        (try? syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    }
}
