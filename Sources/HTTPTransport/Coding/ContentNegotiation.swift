/// Which coding an answer gets.
///
/// - Source: RFC 9110, sections 12.4.2 and 12.5.3.
enum ContentNegotiation {
    /// Ours in the order that serves answers of an API best: small and fast first.
    private static let preferred: [ContentCoding] = [.zstd, .brotli, .gzip, .deflate]
    /// Longer fields are not worth reading.
    private static let maximumBytes = 1_024

    /// The coding with the highest weight, and of equal ones the one that we prefer; identity when none fits.
    ///
    /// - Parameter acceptEncoding: the field's value; nil without it.
    static func coding(accepting acceptEncoding: String?) -> ContentCoding {
        guard let acceptEncoding, acceptEncoding.utf8.count <= maximumBytes else { return .identity }
        var weights: [ContentCoding: Int] = [:]
        var others: Int?
        for member in acceptEncoding.split(separator: ",") {
            let parts = member.split(separator: ";", maxSplits: 1, omittingEmptySubsequences: false)
            let name = HTTPSyntax.trimmed(String(parts[0]))
            guard let weight = parts.count > 1 ? weight(String(parts[1])) : 1_000 else { continue }
            if name == "*" {
                others = weight
            } else if let coding = ContentCoding(name: name) {
                weights[coding] = weight
            }
        }
        let best = preferred.map { ($0, weights[$0] ?? others ?? 0) }.filter { $0.1 > 0 }
            .max { first, second in first.1 < second.1 }
        guard let best, best.1 >= weights[.identity] ?? 0 else { return .identity }
        return preferred.first { (weights[$0] ?? others ?? 0) == best.1 } ?? .identity
    }

    /// `q=0.5` in thousandths; nil for what is no weight.
    private static func weight(_ parameter: String) -> Int? {
        let text = HTTPSyntax.trimmed(parameter)
        guard text.utf8.count >= 3, text.lowercased().hasPrefix("q=") else { return nil }
        let digits = Array(text.utf8.dropFirst(2))
        guard digits.count <= 5, digits[0] == UInt8(ascii: "0") || digits[0] == UInt8(ascii: "1"),
            digits.count == 1 || digits[1] == UInt8(ascii: ".")
        else { return nil }
        var weight = Int(digits[0] - UInt8(ascii: "0")) * 1_000
        var unit = 100
        for digit in digits.dropFirst(2) {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            weight += Int(digit - UInt8(ascii: "0")) * unit
            unit /= 10
        }
        return min(weight, 1_000)
    }
}
