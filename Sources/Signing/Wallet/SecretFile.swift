#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Files that hold secrets: only their owner may have access.
enum SecretFile {
    /// Keyfiles have about 500 bytes.
    private static let maximumBytes = 64 * 1_024

    /// - Throws: ``SigningError`` with code `fileUnreadable` or `fileExposed`.
    static func read(_ path: String) throws(SigningError) -> [UInt8] {
        // Without blocking, so that a pipe in the file's place cannot hold the process up.
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { throw SigningError(.fileUnreadable, "cannot be opened: \(reason())") }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw SigningError(.fileUnreadable, "is not a regular file")
        }
        guard status.st_mode & 0o077 == 0 else {
            throw SigningError(
                .fileExposed,
                "holds a secret, but other users have access to it (mode "
                    + String(status.st_mode & 0o777, radix: 8) + "): run chmod 600 on it")
        }
        var bytes = [UInt8](repeating: 0, count: maximumBytes + 1)
        var count = 0
        while count < bytes.count {
            let got = bytes.withUnsafeMutableBytes {
                pread(file, $0.baseAddress.map { $0 + count }, $0.count - count, off_t(count))
            }
            guard got >= 0 else { throw SigningError(.fileUnreadable, "cannot be read: \(reason())") }
            if got == 0 { break }
            count += got
        }
        guard count <= maximumBytes else { throw SigningError(.fileUnreadable, "is too large for a keyfile") }
        return Array(bytes[..<count])
    }

    /// Writes a file beside the final name, then links it there: whole or not at all, and never over another.
    ///
    /// - Throws: ``SigningError`` with code `fileExists` or `fileUnwritable`.
    static func create(_ path: String, holding bytes: [UInt8]) throws(SigningError) {
        try makeDirectories(above: path)
        let draft = "\(path).\(getpid()).\(UInt32.random(in: 0...UInt32.max)).tmp"
        let file = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw SigningError(.fileUnwritable, "\(path): cannot be written: \(reason())") }
        defer { unlink(draft) }
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes {
                write(file, $0.baseAddress.map { $0 + written }, bytes.count - written)
            }
            guard count > 0 else { break }
            written += count
        }
        let isStored = written == bytes.count && fchmod(file, 0o600) == 0 && fsync(file) == 0
        guard close(file) == 0, isStored else {
            throw SigningError(.fileUnwritable, "\(path): cannot be written: \(reason())")
        }
        guard link(draft, path) == 0 else {
            if errno == EEXIST { throw SigningError(.fileExists, "\(path): exists already and is left as it is") }
            throw SigningError(.fileUnwritable, "\(path): cannot be written: \(reason())")
        }
    }

    private static func makeDirectories(above path: String) throws(SigningError) {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        var directory = ""
        for (index, part) in parts.enumerated() {
            directory += index == 0 ? String(part) : "/" + part
            guard !part.isEmpty, mkdir(directory, 0o700) != 0, errno != EEXIST else { continue }
            throw SigningError(.fileUnwritable, "\(directory): cannot be made: \(reason())")
        }
    }

    private static func reason() -> String { String(cString: strerror(errno)) }
}
