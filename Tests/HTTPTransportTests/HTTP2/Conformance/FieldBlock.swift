/// Header blocks as tests write them: literals without indexing and without Huffman coding (RFC 7541, section 6.2.2),
/// so that nothing is remembered and every byte is the test's own.
enum FieldBlock {
    typealias Field = (name: String, value: String)

    static func encode(_ fields: [Field]) -> [UInt8] {
        fields.flatMap { literal($0.name, $0.value) }
    }

    static func literal(_ name: String, _ value: String) -> [UInt8] {
        [0x00] + string(Array(name.utf8)) + string(Array(value.utf8))
    }

    /// A literal that enters the dynamic table.
    static func indexedLiteral(_ name: String, _ value: String) -> [UInt8] {
        [0x40] + string(Array(name.utf8)) + string(Array(value.utf8))
    }

    static func string(_ bytes: [UInt8]) -> [UInt8] {
        integer(bytes.count, prefix: 7) + bytes
    }

    /// An integer with a prefix of so many bits (RFC 7541, section 5.1); `pattern` is what stands before the prefix.
    static func integer(_ value: Int, prefix: Int, pattern: UInt8 = 0) -> [UInt8] {
        let limit = (1 << prefix) - 1
        guard value >= limit else { return [pattern | UInt8(value)] }
        var bytes = [pattern | UInt8(limit)]
        var rest = value - limit
        while rest >= 128 {
            bytes.append(UInt8(rest & 0x7f) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }

    static func tableSizeUpdate(_ size: Int) -> [UInt8] { integer(size, prefix: 5, pattern: 0x20) }

    /// A request's fields; nil leaves a pseudo-header out.
    static func request(
        _ method: String? = "GET", scheme: String? = "http", path: String? = "/", authority: String? = "localhost",
        _ more: [Field] = []
    ) -> [UInt8] {
        let pseudo: [(String, String?)] = [
            (":method", method), (":scheme", scheme), (":path", path), (":authority", authority),
        ]
        return encode(pseudo.compactMap { name, value in value.map { (name, $0) } } + more)
    }
}
