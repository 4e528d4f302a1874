/// Decodes what stands for a parameter in a path.
enum PathParameter {
    /// - Parameter text: one segment, or several with slashes between them.
    /// - Returns: the text, or why it is refused. `%2F` becomes a slash inside the value.
    static func decode(_ text: Substring.UTF8View, maximumBytes: Int) -> Result<String, Refusal> {
        guard text.count <= maximumBytes else { return .failure(Refusal("longer than \(maximumBytes) bytes")) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        var rest = text
        while var byte = rest.popFirst() {
            if byte == UInt8(ascii: "%") {
                guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else {
                    return .failure(Refusal("an escape without two hexadecimal digits"))
                }
                byte = high << 4 | low
            }
            guard byte != 0 else { return .failure(Refusal("a NUL")) }
            bytes.append(byte)
        }
        guard let value = String(validating: bytes, as: UTF8.self) else {
            return .failure(Refusal("not UTF-8"))
        }
        // Whoever joins the value to another path must not leave that path.
        for part in bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            if part.isEmpty || part == [0x2e] || part == [0x2e, 0x2e] {
                return .failure(Refusal("an empty or dot segment"))
            }
        }
        return .success(value)
    }

    struct Refusal: Error {
        let reason: String
        init(_ reason: String) { self.reason = reason }
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
