/// Writes SCALE values.
///
/// - Source: Substrate's `parity-scale-codec`.
public struct ScaleEncoder: Sendable {
    public private(set) var bytes: [UInt8]

    public init(capacity: Int = 64) {
        bytes = []
        bytes.reserveCapacity(capacity)
    }

    public mutating func byte(_ value: UInt8) { bytes.append(value) }

    /// Little-endian, in the integer's own width.
    public mutating func integer(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    public mutating func bool(_ value: Bool) { bytes.append(value ? 1 : 0) }

    /// The shortest compact form.
    public mutating func compact(_ value: UInt128) {
        switch value {
        case 0..<(1 << 6):
            bytes.append(UInt8(value) << 2)
        case (1 << 6)..<(1 << 14):
            integer(UInt16(value) << 2 | 0b01)
        case (1 << 14)..<(1 << 30):
            integer(UInt32(value) << 2 | 0b10)
        default:
            let count = (UInt128.bitWidth - value.leadingZeroBitCount + 7) / 8
            bytes.append(UInt8(count - 4) << 2 | 0b11)
            for index in 0..<count { bytes.append(UInt8(truncatingIfNeeded: value >> UInt128(8 * index))) }
        }
    }

    /// The length of a collection as a compact integer.
    public mutating func count(_ value: Int) { compact(UInt128(value.magnitude)) }

    /// Bytes as they are, without a length.
    public mutating func raw(_ value: some Sequence<UInt8>) { bytes.append(contentsOf: value) }

    /// `Vec<u8>`.
    public mutating func byteVector(_ value: some Collection<UInt8>) {
        count(value.count)
        bytes.append(contentsOf: value)
    }

    public mutating func string(_ value: String) { byteVector(value.utf8) }

    public mutating func option<T>(_ value: T?, _ write: (inout ScaleEncoder, T) -> Void) {
        guard let value else { return byte(0) }
        byte(1)
        write(&self, value)
    }

    public mutating func vector<T>(_ values: some Collection<T>, _ write: (inout ScaleEncoder, T) -> Void) {
        count(values.count)
        for value in values { write(&self, value) }
    }
}
