import NIOCore

/// How an input is cut into reads. What comes out must not depend on it.
enum Delivery: CaseIterable {
    case whole
    case byteByByte
    case pieces

    func reads(of input: [UInt8]) -> [ByteBuffer] {
        switch self {
        case .whole: return input.isEmpty ? [] : [ByteBuffer(bytes: input)]
        case .byteByByte where input.count <= 1_024: return input.map { ByteBuffer(bytes: [$0]) }
        case .byteByByte, .pieces: return Self.pieces(of: input)
        }
    }

    /// Pieces of 1 to 64 bytes, the same ones for the same input.
    private static func pieces(of input: [UInt8]) -> [ByteBuffer] {
        var state = input.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
        var reads: [ByteBuffer] = []
        var start = 0
        while start < input.count {
            state = state &* 1_664_525 &+ 1_013_904_223
            let end = min(input.count, start + 1 + Int(state >> 26))
            reads.append(ByteBuffer(bytes: input[start..<end]))
            start = end
        }
        return reads
    }
}
