#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension SecretBytes {
    /// A whole file that only its owner has access to, at most 64 KiB.
    ///
    /// - Parameter path: `~/` stands for the home folder.
    /// - Throws: ``SigningError`` with code `fileUnreadable` or `fileExposed`; the message names the file.
    public init(contentsOfFile path: String) throws(SigningError) {
        do { self = try SecretFile.read(Wallet.expandingHome(path)).takeBytes() } catch { throw error.naming(path) }
    }

    /// What an open file, pipe or terminal holds up to its end.
    ///
    /// - Throws: ``SigningError`` with code `fileUnreadable` when it cannot be read or holds more.
    public init(readingFrom file: Int32, maximumBytes: Int = 64 * 1_024) throws(SigningError) {
        self = try SecretFile.read(file, maximumBytes: maximumBytes)
    }

    /// Writes the bytes, to show a secret to its owner.
    ///
    /// - Throws: ``SigningError`` with code `fileUnwritable`.
    public borrowing func write(to file: Int32) throws(SigningError) {
        guard withBytes({ FileDraft.write($0, to: file) }) else {
            throw SigningError(.fileUnwritable, "the output cannot be written: \(SecretFile.reason())")
        }
    }
}
