#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Files that hold secrets: only their owner may have access, and their bytes go into locked memory.
struct SecretFile: ~Copyable {
    let bytes: SecretBytes
    /// Permission bits.
    let mode: UInt32

    var isExposed: Bool { mode & 0o077 != 0 }

    consuming func takeBytes() -> SecretBytes { bytes }

    /// Keyfiles have about 500 bytes.
    private static let maximumBytes = 64 * 1_024

    /// - Parameter isSecret: whether a file that others have access to is refused.
    /// - Throws: ``SigningError`` with code `fileUnreadable` or `fileExposed`.
    static func read(_ path: String, isSecret: Bool = true) throws(SigningError) -> SecretFile {
        // Without blocking, so that a pipe in the file's place cannot hold the process up.
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { throw SigningError(.fileUnreadable, "cannot be opened: \(reason())") }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw SigningError(.fileUnreadable, "is not a regular file")
        }
        let mode = UInt32(status.st_mode & 0o777)
        guard !isSecret || mode & 0o077 == 0 else { throw exposed(mode) }
        return SecretFile(bytes: try read(file, maximumBytes: maximumBytes), mode: mode)
    }

    static func exposed(_ mode: UInt32) -> SigningError {
        SigningError(
            .fileExposed,
            "holds a secret, but other users have access to it (mode \(String(mode, radix: 8))): run chmod 600 on it")
    }

    /// Everything up to the end of an open file, a pipe or a terminal.
    static func read(_ file: Int32, maximumBytes: Int) throws(SigningError) -> SecretBytes {
        var bytes = SecretBytes(count: maximumBytes + 1)
        var count = 0
        while count <= maximumBytes {
            let got = bytes.withMutableBytes { recvfile(file, UnsafeMutableRawBufferPointer(rebasing: $0[count...])) }
            guard got >= 0 else {
                if errno == EINTR { continue }
                throw SigningError(.fileUnreadable, "cannot be read: \(reason())")
            }
            if got == 0 { break }
            count += got
        }
        guard count <= maximumBytes else { throw SigningError(.fileUnreadable, "is too large to hold a secret") }
        return bytes.withBytes { SecretBytes(copying: UnsafeRawBufferPointer(rebasing: $0[..<count])) }
    }

    private static func recvfile(_ file: Int32, _ bytes: UnsafeMutableRawBufferPointer) -> Int {
        #if canImport(Glibc)
            Glibc.read(file, bytes.baseAddress, bytes.count)
        #elseif canImport(Musl)
            Musl.read(file, bytes.baseAddress, bytes.count)
        #else
            Darwin.read(file, bytes.baseAddress, bytes.count)
        #endif
    }

    static func reason() -> String { String(cString: strerror(errno)) }
}
