import NIOPosix
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A server's certificate and key, read again when their files change.
///
/// New connections take what is current; those that are open keep what they began with. Files that cannot be used leave
/// the last good ones in force.
public final class ServerCertificate: Sendable {
    /// What tells one version of a file from the next.
    private struct Stamp: Equatable {
        var device: UInt = 0
        var inode: UInt = 0
        var size = 0
        var seconds = 0
        var nanoseconds = 0

        init(_ path: String) {
            var status = stat()
            guard stat(path, &status) == 0 else { return }
            device = UInt(status.st_dev)
            inode = UInt(status.st_ino)
            size = Int(status.st_size)
            seconds = Int(status.st_mtim.tv_sec)
            nanoseconds = Int(status.st_mtim.tv_nsec)
        }
    }

    private struct State {
        var context: TLSContext
        var stamps: [Stamp]
        var madeAt: ContinuousClock.Instant
        /// Readings of the files so far; one that another has overtaken counts no more.
        var readings = 0
    }

    /// The keys that encrypt session tickets live as long as a context: whoever steals one reads no more than this much
    /// of the past of clients that resume with TLS 1.2.
    static let longestLife: Duration = .seconds(12 * 3_600)

    public let configuration: TLSServerConfiguration
    private let state: Mutex<State>

    /// Reads the files.
    ///
    /// - Throws: ``TransportError`` with code `invalidConfiguration`.
    public init(_ configuration: TLSServerConfiguration) throws(TransportError) {
        self.configuration = configuration
        // Before the files are read, so that a change in between is found later.
        let stamps = configuration.files.map(Stamp.init)
        state = Mutex(State(context: try TLSContext(configuration), stamps: stamps, madeAt: .now))
    }

    /// What the next connection takes.
    var current: TLSContext { state.withLock { $0.context } }

    /// Reads the files again if they have changed, or the current tickets' keys are old. Blocks: not on an event loop.
    ///
    /// - Parameter force: whether to read them in any case.
    /// - Returns: whether there is a new context.
    /// - Throws: ``TransportError`` with code `invalidConfiguration`; the last good files stay in force, and the same
    ///   bad ones are not complained of again.
    @discardableResult public func reload(force: Bool = false) throws(TransportError) -> Bool {
        let reading: Int? = state.withLock { state in
            let stamps = configuration.files.map(Stamp.init)
            let isDue = force || state.stamps != stamps || .now - state.madeAt > Self.longestLife
            state.stamps = stamps
            guard isDue else { return nil }
            state.readings += 1
            return state.readings
        }
        guard let reading else { return false }
        let context = try TLSContext(configuration)
        return state.withLock { state in
            guard reading == state.readings else { return false }
            state.context = context
            state.madeAt = .now
            return true
        }
    }

    /// ``reload(force:)`` on a thread where blocking is fine.
    @discardableResult public func reloadInBackground(force: Bool = false) async throws -> Bool {
        try await NIOThreadPool.singleton.runIfActive { try self.reload(force: force) }
    }
}
