import CSodium

/// Secret bytes in locked memory between guard pages, wiped when the owner is gone.
public struct SecretBytes: ~Copyable {
    private let bytes: UnsafeMutableRawBufferPointer

    /// - Parameter source: the caller's own copy, which stays the caller's to forget.
    public init(copying source: borrowing [UInt8]) {
        self.init(count: source.count)
        bytes.copyBytes(from: source)
    }

    /// Zeroed bytes for the caller to fill.
    init(count: Int) {
        Sodium.prepare()
        guard let memory = sodium_malloc(count) else { fatalError("no locked memory left") }
        bytes = UnsafeMutableRawBufferPointer(start: memory, count: count)
        sodium_memzero(memory, count)
    }

    public var count: Int { bytes.count }

    /// Lends the bytes for the call.
    @inline(__always)
    public borrowing func withBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        try body(UnsafeRawBufferPointer(bytes))
    }

    @inline(__always)
    mutating func withMutableBytes<R>(_ body: (UnsafeMutableRawBufferPointer) throws -> R) rethrows -> R {
        try body(bytes)
    }

    deinit { sodium_free(bytes.baseAddress) }
}

/// The bytes change only through a `mutating` call on the one owner.
extension SecretBytes: @unchecked Sendable {}
