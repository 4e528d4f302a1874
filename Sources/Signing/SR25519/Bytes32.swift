import CSodium

/// 32 bytes on the stack: a scalar or an encoded point.
struct Bytes32 {
    private var words = InlineArray<4, UInt64>(repeating: 0)

    @inline(__always)
    mutating func withMutablePointer<R>(_ body: (UnsafeMutablePointer<UInt8>) -> R) -> R {
        withUnsafeMutableBytes(of: &words) { bytes in
            guard let start = bytes.baseAddress else { preconditionFailure("four words have an address") }
            return body(start.assumingMemoryBound(to: UInt8.self))
        }
    }

    @inline(__always)
    mutating func withBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
        withUnsafeMutableBytes(of: &words) { body(UnsafeRawBufferPointer($0)) }
    }

    /// - Parameter source: 32 bytes.
    mutating func copy(_ source: UnsafeRawBufferPointer) {
        withUnsafeMutableBytes(of: &words) { $0.copyMemory(from: source) }
    }

    /// Below the order of the group, and so written in its only form.
    var isCanonicalScalar: Bool {
        mutating get {
            let original = words
            var reduced = SR25519.reduced { wide in
                Swift.withUnsafeBytes(of: original) { wide.copyMemory(from: $0) }
                for index in 32..<64 { wide[index] = 0 }
            }
            return withMutablePointer { own in reduced.withMutablePointer { sodium_memcmp(own, $0, 32) } } == 0
        }
    }

    var isZero: Bool { mutating get { withMutablePointer { sodium_is_zero($0, 32) } == 1 } }

    mutating func wipe() { withMutablePointer { sodium_memzero($0, 32) } }
}
