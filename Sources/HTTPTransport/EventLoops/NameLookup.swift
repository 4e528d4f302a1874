import NIOCore
import NIOPosix
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Looks host names up on a few threads of its own: the system's resolver blocks, for many seconds at worst.
final class NameLookup: Sendable {
    typealias Resolve = @Sendable (_ host: String, _ port: Int) throws(TransportError) -> [SocketAddress]

    /// This process's one. Its threads live as long as the process.
    static let shared = NameLookup(threads: 4, maximumPending: 64, resolve: systemAddresses)

    private let pool: NIOThreadPool
    private let maximumPending: Int
    private let pending = Atomic<Int>(0)
    private let resolve: Resolve

    init(threads: Int, maximumPending: Int, resolve: @escaping Resolve) {
        pool = NIOThreadPool(numberOfThreads: threads)
        self.maximumPending = maximumPending
        self.resolve = resolve
        pool.start()
    }

    /// Ends the threads once running lookups have ended; for lookups that do not live as long as the process.
    func shutDown() async {
        try? await pool.shutdownGracefully()
    }

    /// The addresses of a name, as ``TransportError`` `connectFailed` when there are none.
    ///
    /// `completion` runs on one of the threads, or here and now when too many lookups are pending.
    func addresses(
        of host: String, port: Int,
        _ completion: @escaping @Sendable (Result<[SocketAddress], TransportError>) -> Void
    ) {
        let count = pending.wrappingAdd(1, ordering: .relaxed).newValue
        guard count <= maximumPending else {
            pending.wrappingSubtract(1, ordering: .relaxed)
            return completion(.failure(Self.error(host, "too many lookups are pending")))
        }
        pool.submit { state in
            let result: Result<[SocketAddress], TransportError>
            if case .active = state {
                result = Result { () throws(TransportError) in try self.resolve(host, port) }
            } else {
                result = .failure(Self.error(host, "lookups have ended"))
            }
            self.pending.wrappingSubtract(1, ordering: .relaxed)
            completion(result)
        }
    }

    /// The system's answer, by files and name servers as it is configured. Blocks.
    private static func systemAddresses(_ host: String, _ port: Int) throws(TransportError) -> [SocketAddress] {
        var hints = addrinfo()
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        hints.ai_protocol = CInt(IPPROTO_TCP)
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, String(port), &hints, &list)
        guard code == 0 else {
            let text = gai_strerror(code).map { String(cString: $0) } ?? "code \(code)"
            throw error(host, text)
        }
        defer { freeaddrinfo(list) }
        var addresses: [SocketAddress] = []
        var next = list
        while let entry = next?.pointee {
            next = entry.ai_next
            let start = UnsafeRawPointer(entry.ai_addr)
            switch (entry.ai_family, start) {
            case (AF_INET, let start?): addresses.append(SocketAddress(start.loadUnaligned(as: sockaddr_in.self)))
            case (AF_INET6, let start?): addresses.append(SocketAddress(start.loadUnaligned(as: sockaddr_in6.self)))
            default: break
            }
        }
        guard !addresses.isEmpty else { throw error(host, "the name has no address") }
        return addresses
    }

    private static func error(_ host: String, _ text: String) -> TransportError {
        TransportError(.connectFailed, .upstream, isRetryable: true, "cannot find \(host): \(text)")
    }
}

/// One lookup in the form that NIO's bootstrap asks for: both families' answers come from one question.
final class NameResolver: Resolver, Sendable {
    private let names: NameLookup
    private let v4: EventLoopPromise<[SocketAddress]>
    private let v6: EventLoopPromise<[SocketAddress]>

    init(_ names: NameLookup, on loop: any EventLoop) {
        self.names = names
        v4 = loop.makePromise()
        v6 = loop.makePromise()
    }

    /// NIO asks for these second.
    func initiateAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
        v4.futureResult
    }

    func initiateAAAAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
        let (v4, v6) = (v4, v6)
        names.addresses(of: host, port: port) { result in
            // Both in one turn of the loop, so that NIO sees a complete answer.
            v6.futureResult.eventLoop.execute {
                switch result {
                case .success(let addresses):
                    v6.succeed(addresses.filter { $0.protocol == .inet6 })
                    v4.succeed(addresses.filter { $0.protocol == .inet })
                case .failure(let error):
                    v6.fail(error)
                    v4.fail(error)
                }
            }
        }
        return v6.futureResult
    }

    /// A lookup that nobody waits for any more runs to its end.
    func cancelQueries() {}
}
