import NIOCore

/// Decompresses one message's content, a bounded piece at a time.
///
/// Used by one task or handler. One member or frame is content; what follows its end is refused.
final class ContentDecoder {
    struct Limits {
        /// Decompressed bytes.
        var maximumBytes: Int
        /// Decompressed bytes for each compressed one, once there are more than ``freeBytes``.
        var maximumRatio = 256
        /// So many bytes are taken at any ratio.
        var freeBytes = 1_024 * 1_024
    }

    /// The most that ``next()`` returns at once, in bytes.
    static let pieceBytes = 64 * 1_024
    /// What a coding may add to content that does not compress; more than this and the limit is no content.
    private static let overhead = 64 * 1_024

    private let limits: Limits
    private let decompressor: (any Decompressor)?
    private var input = ByteBuffer()
    private var encodedBytes = 0
    private var decodedBytes = 0
    private var isAtEnd = false
    /// The last piece was full: more may be waiting without further input.
    private var hasMore = false

    /// - Parameter coding: with `identity` pieces pass as they are, within the limit.
    init(_ coding: ContentCoding, limits: Limits) {
        self.limits = limits
        decompressor =
            switch coding {
            case .identity: nil
            case .gzip: InflateDecompressor(.gzip)
            case .deflate: InflateDecompressor(.deflate)
            case .brotli: BrotliDecompressor()
            case .zstd: ZstdDecompressor()
            }
    }

    convenience init(_ coding: ContentCoding, maximumBytes: Int) {
        self.init(coding, limits: Limits(maximumBytes: maximumBytes))
    }

    /// Takes the next piece of compressed content; it is decompressed by ``next()``.
    func give(_ bytes: ByteBuffer) throws(ContentCodingFault) {
        guard bytes.readableBytes > 0 else { return }
        if isAtEnd { throw .malformed }
        encodedBytes += bytes.readableBytes
        // Empty blocks decompress to nothing for ever.
        if encodedBytes - Self.overhead > limits.maximumBytes { throw .tooLarge }
        if input.readableBytes == 0 { input = bytes } else { input.writeImmutableBuffer(bytes) }
    }

    /// Decompresses a piece of at most ``pieceBytes``; nil once all that was given is decompressed.
    func next() throws(ContentCodingFault) -> ByteBuffer? {
        guard let decompressor else { return try nextAsItIs() }
        while hasMore || input.readableBytes > 0 {
            if isAtEnd { throw .malformed }
            let room = max(1_024, 4 * min(Self.pieceBytes / 4, input.readableBytes))
            let left = limits.maximumBytes - decodedBytes
            var output = ByteBuffer()
            let result = try run(decompressor, room: left < room ? max(0, left) + 1 : room, into: &output)
            hasMore = result.isFull && !result.isAtEnd
            isAtEnd = result.isAtEnd
            try count(output.readableBytes)
            if isAtEnd && input.readableBytes > 0 { throw .malformed }
            if output.readableBytes > 0 { return output }
        }
        return nil
    }

    /// The content has ended, and ``next()`` has returned nil.
    ///
    /// - Throws: ``ContentCodingFault/malformed`` when it was cut short.
    func finish() throws(ContentCodingFault) {
        guard decompressor == nil || isAtEnd else { throw .malformed }
    }

    private func run(
        _ decompressor: any Decompressor, room: Int, into output: inout ByteBuffer
    ) throws(ContentCodingFault) -> (isFull: Bool, isAtEnd: Bool) {
        var taken = 0
        var outcome: Result<(isFull: Bool, isAtEnd: Bool), ContentCodingFault> = .failure(.malformed)
        output.writeWithUnsafeMutableBytes(minimumWritableBytes: room) { memory in
            input.withUnsafeReadableBytes { all in
                var rest = all
                let memory = UnsafeMutableRawBufferPointer(rebasing: memory.prefix(room))
                do throws(ContentCodingFault) {
                    let result = try decompressor.run(&rest, into: memory)
                    taken = all.count - rest.count
                    // Neither input taken nor output made: more input is needed, and the library keeps what it has.
                    let isStuck = taken == 0 && result.produced == 0 && !result.isAtEnd
                    outcome =
                        isStuck && !all.isEmpty
                        ? .failure(.malformed) : .success((result.produced == memory.count, result.isAtEnd))
                    return result.produced
                } catch {
                    outcome = .failure(error)
                    return 0
                }
            }
        }
        input.moveReaderIndex(forwardBy: taken)
        return try outcome.get()
    }

    private func nextAsItIs() throws(ContentCodingFault) -> ByteBuffer? {
        guard let piece = input.readSlice(length: min(Self.pieceBytes, input.readableBytes)),
            piece.readableBytes > 0
        else { return nil }
        decodedBytes += piece.readableBytes
        if decodedBytes > limits.maximumBytes { throw .tooLarge }
        return piece
    }

    private func count(_ bytes: Int) throws(ContentCodingFault) {
        decodedBytes += bytes
        if decodedBytes > limits.maximumBytes { throw .tooLarge }
        if decodedBytes > limits.freeBytes, decodedBytes / limits.maximumRatio > encodedBytes { throw .tooLarge }
    }
}
