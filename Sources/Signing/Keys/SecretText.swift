/// Secret text while it is put together, in locked memory.
public struct SecretText: ~Copyable {
    private var storage: SecretBytes
    public private(set) var count = 0

    /// - Parameter capacity: bytes that it can hold; more is a programming error, for which the caller checks.
    public init(capacity: Int) { storage = SecretBytes(count: capacity) }

    public var capacity: Int { storage.count }

    public mutating func append(_ bytes: UnsafeRawBufferPointer) {
        precondition(bytes.count <= storage.count - count, "the capacity of a secret text was chosen too small")
        let start = count
        storage.withMutableBytes { UnsafeMutableRawBufferPointer(rebasing: $0[start...]).copyMemory(from: bytes) }
        count += bytes.count
    }

    public mutating func append(_ text: StaticString) {
        append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Text that is no secret.
    public mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }

    public mutating func append(_ byte: UInt8) {
        withUnsafeBytes(of: byte) { append($0) }
    }

    /// Two lower-case digits per byte.
    mutating func append(hexOf bytes: UnsafeRawBufferPointer) {
        for byte in bytes {
            append(Hex.digit(byte >> 4))
            append(Hex.digit(byte & 15))
        }
    }

    /// Takes the last `count` bytes away.
    public mutating func removeLast(_ count: Int) { self.count -= min(count, self.count) }

    /// Lends what is written so far for the call.
    public borrowing func withBytes<R: ~Copyable, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E)
        -> R
    {
        try storage.withBytes { (bytes) throws(E) -> R in
            try body(UnsafeRawBufferPointer(rebasing: bytes[..<count]))
        }
    }

    /// A copy of exactly what is written.
    public borrowing func finished() -> SecretBytes { withBytes { SecretBytes(copying: $0) } }
}
