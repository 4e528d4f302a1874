/// A 32-byte public key as the chain names an account.
///
/// Kept as four words, so that it is copied, compared and hashed without touching the heap.
public struct AccountID: Hashable, Sendable {
    private let first: UInt64, second: UInt64, third: UInt64, fourth: UInt64

    /// - Parameter bytes: exactly 32 bytes, otherwise nil.
    public init?(bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        self = bytes.withUnsafeBytes { Self(unchecked: $0) }
    }

    /// - Parameter bytes: exactly 32 bytes, otherwise nil.
    public init?(bytes: UnsafeRawBufferPointer) {
        guard bytes.count == 32 else { return nil }
        self.init(unchecked: bytes)
    }

    private init(unchecked bytes: UnsafeRawBufferPointer) {
        first = bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self)
        second = bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
        third = bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self)
        fourth = bytes.loadUnaligned(fromByteOffset: 24, as: UInt64.self)
    }

    /// - Parameter ss58: an address of any prefix.
    /// - Throws: ``SigningError`` with code `invalidAddress`.
    public init(ss58 text: String) throws(SigningError) {
        self = try SS58.decode(text).account
    }

    /// The 32 bytes.
    public var bytes: [UInt8] { withUnsafeBytes { Array($0) } }

    /// Lends the 32 bytes for the call.
    @inline(__always)
    public func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        try Swift.withUnsafeBytes(of: self, body)
    }

    /// The address with Bittensor's prefix, 42. Computed at each call (about a microsecond): keep it where it is hot.
    public var ss58: String { SS58.encode(self) }
}

extension AccountID: CustomStringConvertible {
    public var description: String { ss58 }
}
