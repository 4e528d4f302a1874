/// The few forms of SCALE that a payload and an envelope are written in; `Substrate` has all of it, and is above.
enum Scale {
    static func encode<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
        withUnsafeBytes(of: number.littleEndian) { Array($0) }
    }

    /// `Vec<u8>`.
    static func encode(_ bytes: [UInt8]) -> [UInt8] { length(bytes.count) + bytes }

    /// `Vec<u16>`.
    static func encode(_ numbers: [UInt16]) -> [UInt8] { length(numbers.count) + numbers.flatMap { encode($0) } }

    /// A compact integer: the lowest two bits say how many bytes it has.
    ///
    /// - Parameter count: below 2^30, which no array here reaches.
    static func length(_ count: Int) -> [UInt8] {
        let number = UInt32(clamping: count)
        return switch number {
        case 0..<(1 << 6): encode(UInt8(truncatingIfNeeded: number << 2))
        case 0..<(1 << 14): encode(UInt16(truncatingIfNeeded: number << 2 | 1))
        default: encode(number << 2 | 2)
        }
    }

    /// - Returns: a length and the bytes it took; nil for a form that is cut off, longer than its value needs, or for
    ///   lengths of 2^30 and above.
    static func decodeLength(_ bytes: [UInt8]) -> (count: Int, size: Int)? {
        guard let first = bytes.first, first & 3 != 3 else { return nil }
        let size = 1 << Int(first & 3)
        guard bytes.count >= size else { return nil }
        let number = bytes.prefix(size).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        let count = Int(number >> 2)
        return length(count).count == size ? (count, size) : nil
    }
}
