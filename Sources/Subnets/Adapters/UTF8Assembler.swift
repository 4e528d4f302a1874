internal import NIOCore

/// Cuts a byte stream at the ends of code points, so that no piece of text ends inside one.
struct UTF8Assembler {
    private var rest: [UInt8] = []

    /// - Returns: the text complete so far; bytes that are no UTF-8 become U+FFFD.
    mutating func append(_ chunk: ByteBuffer) -> String {
        var bytes = rest
        bytes.append(contentsOf: chunk.readableBytesView)
        let cut = bytes.count - Self.openBytes(at: bytes)
        rest = Array(bytes[cut...])
        return String(decoding: bytes[..<cut], as: UTF8.self)
    }

    /// Whatever is left when the stream ends.
    mutating func finish() -> String {
        defer { rest = [] }
        return String(decoding: rest, as: UTF8.self)
    }

    /// Bytes at the end that begin a code point and do not end it.
    private static func openBytes(at bytes: [UInt8]) -> Int {
        for distance in 1...3 where distance <= bytes.count {
            let byte = bytes[bytes.count - distance]
            let length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1
            if byte & 0xC0 == 0x80 { continue }
            return length > distance ? distance : 0
        }
        return 0
    }
}
