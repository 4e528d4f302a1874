/// The text that Python's `repr` gives for a number that `json.loads` read.
enum PythonNumber {
    /// - Parameter text: a number in JSON's grammar.
    static func repr(_ text: String) -> String {
        let isFloat = text.utf8.contains { $0 == UInt8(ascii: ".") || $0 | 0x20 == UInt8(ascii: "e") }
        guard isFloat, let value = Double(text) else { return text == "-0" ? "0" : text }
        return repr(value)
    }

    /// The shortest digits that read back as the same number, positional from 1e-4 up to 1e16, else with an exponent.
    static func repr(_ value: Double) -> String {
        if value.isNaN { return "nan" }
        let sign = value.sign == .minus ? "-" : ""
        if value.isInfinite { return sign + "inf" }
        if value == 0 { return sign + "0.0" }
        let (digits, point) = shortestDigits(of: value.magnitude)
        return sign + layout(digits, point: point)
    }

    /// Swift prints the same shortest digits as Python; only the layout differs.
    ///
    /// - Returns: the significant digits, and how many of them stand before the decimal point.
    private static func shortestDigits(of magnitude: Double) -> (digits: [Character], point: Int) {
        let parts = "\(magnitude)".split(separator: "e")
        let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        let exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        var digits = Array(mantissa.joined())
        var point = mantissa[0].count + exponent
        let zeros = digits.prefix { $0 == "0" }.count
        digits.removeFirst(zeros)
        point -= zeros
        while digits.last == "0" { digits.removeLast() }
        return (digits, point)
    }

    private static func layout(_ digits: [Character], point: Int) -> String {
        if point > 16 || point < -3 {
            let exponent = point - 1
            let fraction = digits.count > 1 ? "." + String(digits.dropFirst()) : ""
            let padding = abs(exponent) < 10 ? "0" : ""
            return String(digits.prefix(1)) + fraction + "e" + (exponent < 0 ? "-" : "+") + padding + "\(abs(exponent))"
        }
        if point <= 0 { return "0." + String(repeating: "0", count: -point) + String(digits) }
        if digits.count <= point {
            return String(digits) + String(repeating: "0", count: point - digits.count) + ".0"
        }
        return String(digits.prefix(point)) + "." + String(digits.dropFirst(point))
    }
}
