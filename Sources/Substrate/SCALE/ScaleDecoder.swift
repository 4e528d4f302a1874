/// Reads SCALE values from bytes that nobody has vouched for.
///
/// Every read is bounded by what is left, lengths are checked before memory is taken, and compact integers must be
/// canonical. A failed read leaves the position where it was or later; the decoder is then of no more use.
///
/// - Source: Substrate's `parity-scale-codec`.
public struct ScaleDecoder: Sendable {
    private let storage: [UInt8]
    private let end: Int
    /// Bytes read so far.
    public private(set) var position: Int

    public init(_ bytes: [UInt8]) {
        storage = bytes
        position = 0
        end = bytes.count
    }

    /// Bytes not read yet.
    public var remaining: Int { end - position }

    public mutating func byte() throws(SubstrateError) -> UInt8 {
        guard position < end else { throw .malformed("the bytes end where one more was expected") }
        defer { position += 1 }
        return storage[position]
    }

    /// A little-endian integer of `T`'s own width.
    public mutating func integer<T: FixedWidthInteger>(_ type: T.Type = T.self) throws(SubstrateError) -> T {
        let width = T.bitWidth / 8
        guard remaining >= width else {
            throw .malformed("an integer of \(width) bytes is cut off after \(remaining)")
        }
        defer { position += width }
        return storage.withUnsafeBytes { bytes in
            T(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: T.self))
        }
    }

    /// 0 or 1; everything else throws.
    public mutating func bool() throws(SubstrateError) -> Bool {
        switch try byte() {
        case 0: return false
        case 1: return true
        case let other: throw .malformed("\(other) is not a boolean")
        }
    }

    /// A compact integer of up to 128 bits in its shortest form.
    public mutating func compact() throws(SubstrateError) -> UInt128 {
        let first = try byte()
        switch first & 0b11 {
        case 0:
            return UInt128(first >> 2)
        case 1:
            let value = UInt128(first >> 2) | UInt128(try byte()) << 6
            return try canonical(value, atLeast: 1 << 6)
        case 2:
            var value = UInt128(first >> 2)
            for shift in [6, 14, 22] as [UInt128] { value |= UInt128(try byte()) << shift }
            return try canonical(value, atLeast: 1 << 14)
        default:
            return try largeCompact(byteCount: Int(first >> 2) + 4)
        }
    }

    /// A compact integer that must fit `T`.
    public mutating func compact<T: FixedWidthInteger>(as type: T.Type) throws(SubstrateError) -> T {
        let value = try compact()
        guard let result = T(exactly: value) else { throw .malformed("compact \(value) does not fit \(T.self)") }
        return result
    }

    private mutating func largeCompact(byteCount: Int) throws(SubstrateError) -> UInt128 {
        guard byteCount <= 16 else { throw .malformed("a compact integer of \(byteCount) bytes exceeds 128 bits") }
        guard remaining >= byteCount else { throw .malformed("a compact integer is cut off") }
        var value: UInt128 = 0
        for index in 0..<byteCount { value |= UInt128(storage[position + index]) << UInt128(8 * index) }
        position += byteCount
        let least: UInt128 = byteCount == 4 ? 1 << 30 : 1 << UInt128(8 * (byteCount - 1))
        return try canonical(value, atLeast: least)
    }

    private func canonical(_ value: UInt128, atLeast least: UInt128) throws(SubstrateError) -> UInt128 {
        guard value >= least else { throw .malformed("compact \(value) is not in its shortest form") }
        return value
    }

    public mutating func bytes(count: Int) throws(SubstrateError) -> [UInt8] {
        guard count >= 0, count <= remaining else { throw .malformed("\(count) bytes announced, \(remaining) left") }
        defer { position += count }
        return Array(storage[position..<position + count])
    }

    /// A length prefix of a sequence whose elements take at least `elementBytes` bytes each, so that what it
    /// announces can exist in what is left.
    public mutating func count(elementBytes: Int = 1) throws(SubstrateError) -> Int {
        let value = try compact()
        guard let count = Int(exactly: value), elementBytes == 0 || count <= remaining / elementBytes else {
            throw .malformed("\(value) elements announced, \(remaining) bytes left")
        }
        return count
    }

    /// `Vec<u8>`.
    public mutating func byteVector() throws(SubstrateError) -> [UInt8] {
        try bytes(count: try count())
    }

    /// `String`; must be UTF-8.
    public mutating func string() throws(SubstrateError) -> String {
        let count = try count()
        guard let text = String(validating: storage[position..<position + count], as: UTF8.self) else {
            throw .malformed("a string is not UTF-8")
        }
        position += count
        return text
    }

    /// `Option<T>`.
    public mutating func option<T>(
        _ read: (inout ScaleDecoder) throws(SubstrateError) -> T
    ) throws(SubstrateError) -> T? {
        switch try byte() {
        case 0: return nil
        case 1: return try read(&self)
        case let other: throw .malformed("\(other) is not an option's tag")
        }
    }

    /// `Vec<T>`; an element takes at least one byte.
    public mutating func vector<T>(
        _ read: (inout ScaleDecoder) throws(SubstrateError) -> T
    ) throws(SubstrateError) -> [T] {
        let count = try count()
        var elements: [T] = []
        // An announced length costs no memory before its elements are there.
        elements.reserveCapacity(min(count, 4_096))
        for _ in 0..<count { elements.append(try read(&self)) }
        return elements
    }

    /// Throws unless everything was read.
    public func finish() throws(SubstrateError) {
        guard remaining == 0 else { throw .malformed("\(remaining) bytes left over") }
    }
}
