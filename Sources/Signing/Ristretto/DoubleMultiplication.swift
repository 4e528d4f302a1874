/// s B - k A for public scalars, with shared doublings (Straus) and signed windows.
enum DoubleMultiplication {
    private static let baseWindow = 8
    private static let pointWindow = 5
    /// B, 3 B, 5 B, … 127 B.
    private static let baseMultiples = oddMultiples(of: .base, count: 1 << (baseWindow - 2))

    /// - Parameters: scalars of 32 bytes, little-endian, below the order of the group.
    static func difference(
        _ baseScalar: UnsafeRawBufferPointer, _ scalar: UnsafeRawBufferPointer, _ point: RistrettoPoint
    ) -> RistrettoPoint {
        let multiples = oddMultiples(of: point, count: 1 << (pointWindow - 2))
        let baseMultiples = baseMultiples
        let baseDigits = digits(of: baseScalar, window: baseWindow)
        let digits = digits(of: scalar, window: pointWindow)
        var result = RistrettoPoint.identity
        var position = 255
        while position >= 0, baseDigits[position] == 0, digits[position] == 0 { position -= 1 }
        while position >= 0 {
            result = result.doubled()
            let baseDigit = Int(baseDigits[position])
            if baseDigit > 0 { result = result + baseMultiples[baseDigit / 2] }
            if baseDigit < 0 { result = result - baseMultiples[-baseDigit / 2] }
            let digit = Int(digits[position])
            if digit > 0 { result = result - multiples[digit / 2] }
            if digit < 0 { result = result + multiples[-digit / 2] }
            position -= 1
        }
        return result
    }

    private static func oddMultiples(of point: RistrettoPoint, count: Int) -> [RistrettoPoint.Addend] {
        let double = point.doubled().addend
        var multiple = point
        return (0..<count).map { index in
            if index > 0 { multiple = multiple + double }
            return multiple.addend
        }
    }

    /// Odd digits of less than `window` bits and a sign, at most one in any `window` places; the others are 0.
    private static func digits(of scalar: UnsafeRawBufferPointer, window: Int) -> InlineArray<256, Int8> {
        var digits = InlineArray<256, Int8>(repeating: 0)
        var words = InlineArray<5, UInt64>(repeating: 0)
        for index in 0..<4 {
            words[index] = UInt64(littleEndian: scalar.loadUnaligned(fromByteOffset: 8 * index, as: UInt64.self))
        }
        let width = 1 << window
        var carry = 0
        var position = 0
        while position < 256 {
            let word = position / 64
            let bit = UInt64(position % 64)
            var bits = words[word] >> bit
            if bit > 64 - UInt64(window) { bits |= words[word + 1] << (64 - bit) }
            let value = carry + Int(truncatingIfNeeded: bits & UInt64(width - 1))
            if value & 1 == 0 {
                position += 1
                continue
            }
            carry = value < width / 2 ? 0 : 1
            digits[position] = Int8(truncatingIfNeeded: value - carry * width)
            position += window
        }
        return digits
    }
}
