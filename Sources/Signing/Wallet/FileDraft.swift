#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A file that is written beside its final name, mode 0600, and then put there: whole or not at all.
///
/// Several drafts are put in place together: if one cannot be, those before it are taken back.
final class FileDraft {
    private let path: String
    private let draft: String
    private var isPlaced = false

    /// - Throws: ``SigningError`` with code `fileUnwritable`.
    init(of path: String, holding content: borrowing SecretBytes) throws(SigningError) {
        self.path = path
        draft = "\(path).\(getpid()).\(UInt32.random(in: 0...UInt32.max)).tmp"
        try Self.makeDirectories(above: path)
        let file = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw Self.unwritable(path) }
        let isStored =
            content.withBytes { Self.write($0, to: file) } && fchmod(file, 0o600) == 0 && fsync(file) == 0
        let error = isStored ? nil : Self.unwritable(path)
        guard close(file) == 0, isStored else {
            unlink(draft)
            throw error ?? Self.unwritable(path)
        }
    }

    deinit { unlink(draft) }

    /// - Throws: ``SigningError`` with code `fileExists`, unless `isOverwriting`, or `fileUnwritable`.
    static func place(_ drafts: [FileDraft], isOverwriting: Bool) throws(SigningError) {
        do {
            for draft in drafts { try draft.place(isOverwriting: isOverwriting) }
        } catch {
            if !isOverwriting { for draft in drafts where draft.isPlaced { unlink(draft.path) } }
            throw error
        }
    }

    private func place(isOverwriting: Bool) throws(SigningError) {
        // A link is never made over another file, whoever creates it in between.
        guard (isOverwriting ? rename(draft, path) : link(draft, path)) == 0 else {
            if !isOverwriting, errno == EEXIST { throw Self.exists(path) }
            throw Self.unwritable(path)
        }
        isPlaced = true
        Self.syncDirectory(of: path)
    }

    /// False once the system refuses; `errno` says why.
    static func write(_ bytes: UnsafeRawBufferPointer, to file: Int32) -> Bool {
        var written = 0
        while written < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[written...])
            #if canImport(Glibc)
                let count = Glibc.write(file, rest.baseAddress, rest.count)
            #elseif canImport(Musl)
                let count = Musl.write(file, rest.baseAddress, rest.count)
            #else
                let count = Darwin.write(file, rest.baseAddress, rest.count)
            #endif
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            written += count
        }
        return true
    }

    static func exists(_ path: String) -> SigningError {
        SigningError(.fileExists, "\(path): exists already and is left as it is; --overwrite replaces it")
    }

    private static func unwritable(_ path: String) -> SigningError {
        SigningError(.fileUnwritable, "\(path): cannot be written: \(SecretFile.reason())")
    }

    /// So that the name outlives a power cut. Some file systems cannot; the file is there all the same.
    private static func syncDirectory(of path: String) {
        let directory = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        let file = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard file >= 0 else { return }
        fsync(file)
        close(file)
    }

    private static func makeDirectories(above path: String) throws(SigningError) {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        var directory = ""
        for (index, part) in parts.enumerated() {
            directory += index == 0 ? String(part) : "/" + part
            guard !part.isEmpty, mkdir(directory, 0o700) != 0, errno != EEXIST else { continue }
            throw SigningError(.fileUnwritable, "\(directory): cannot be made: \(SecretFile.reason())")
        }
    }
}
