import Logging

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// How many files and sockets the process may have open.
enum FileLimit {
    /// What is open besides clients' connections: miners' connections, the database, the spool.
    private static let others: UInt64 = 1_024

    /// Raises the limit as far as the system lets the process, and warns when that is too low for so many clients.
    static func raise(forConnections connections: Int, logger: Logger) {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        if limit.rlim_cur < limit.rlim_max {
            limit.rlim_cur = limit.rlim_max
            setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        }
        let needed = UInt64(clamping: connections) + others
        guard limit.rlim_cur < needed else { return }
        logger.warning(
            "Fewer files may be open than `server.maximum_connections` can need; raise it (`ulimit -n`, LimitNOFILE)",
            metadata: ["files.limit": "\(limit.rlim_cur)", "files.needed": "\(needed)"])
    }
}
