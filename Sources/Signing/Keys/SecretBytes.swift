import CSodium

/// Secret bytes in locked memory between guard pages, wiped when the owner is gone.
///
/// Seeds, private keys, passwords, mnemonics and the text of keyfiles live here from the system call that read them to
/// the one that writes them. They have no description.
public struct SecretBytes: ~Copyable {
    private let bytes: UnsafeMutableRawBufferPointer

    /// - Parameter source: the caller's own copy, which stays the caller's to forget.
    public init(copying source: borrowing [UInt8]) {
        self.init(count: source.count)
        bytes.copyBytes(from: source)
    }

    /// - Parameter source: the caller's own copy, which stays the caller's to forget.
    public init(copying source: UnsafeRawBufferPointer) {
        self.init(count: source.count)
        bytes.copyMemory(from: source)
    }

    /// The UTF-8 bytes of a text that is no secret by itself, such as `//Alice`, or that its source gave as a String.
    public init(utf8 text: String) {
        self.init(copying: Array(text.utf8))
    }

    /// Zeroed bytes for the caller to fill.
    init(count: Int) {
        Sodium.prepare()
        guard let memory = sodium_malloc(count) else { fatalError("no locked memory left") }
        bytes = UnsafeMutableRawBufferPointer(start: memory, count: count)
        sodium_memzero(memory, count)
    }

    /// From the system's generator.
    public static func random(count: Int) -> SecretBytes {
        let secret = SecretBytes(count: count)
        if let start = secret.bytes.baseAddress { randombytes_buf(start, count) }
        return secret
    }

    public var count: Int { bytes.count }

    /// Lends the bytes for the call.
    @inline(__always)
    public borrowing func withBytes<R: ~Copyable, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E)
        -> R
    {
        try body(UnsafeRawBufferPointer(bytes))
    }

    @inline(__always)
    mutating func withMutableBytes<R: ~Copyable, E: Error>(
        _ body: (UnsafeMutableRawBufferPointer) throws(E) -> R
    ) throws(E) -> R {
        try body(bytes)
    }

    /// The same secret for an owner of its own.
    public borrowing func copy() -> SecretBytes { SecretBytes(copying: UnsafeRawBufferPointer(bytes)) }

    /// Whether both hold the same bytes; takes as long for unequal ones of one length.
    public borrowing func isEqual(to other: borrowing SecretBytes) -> Bool {
        count == other.count && sodium_memcmp(bytes.baseAddress, other.bytes.baseAddress, count) == 0
    }

    /// Whether these are the UTF-8 bytes of a text from outside; takes as long for other texts of their length.
    public borrowing func isEqual(toUTF8 text: String) -> Bool {
        var text = text
        return text.withUTF8 { $0.count == count && sodium_memcmp(bytes.baseAddress, $0.baseAddress, count) == 0 }
    }

    deinit { sodium_free(bytes.baseAddress) }
}

/// The bytes change only through a `mutating` call on the one owner.
extension SecretBytes: @unchecked Sendable {}
