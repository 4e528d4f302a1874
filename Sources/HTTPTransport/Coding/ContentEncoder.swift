import NIOCore

/// Compresses one message's content, for speed rather than for size.
///
/// Used on one event loop. After ``finish(_:)`` it is as new.
final class ContentEncoder {
    let coding: ContentCoding
    private let compressor: any Compressor

    /// - Returns: nil for `identity`, and when the library has no memory.
    init?(_ coding: ContentCoding) {
        let compressor: (any Compressor)? =
            switch coding {
            case .identity: nil
            case .gzip: DeflateCompressor(.gzip)
            case .deflate: DeflateCompressor(.deflate)
            case .brotli: BrotliCompressor()
            case .zstd: ZstdCompressor()
            }
        guard let compressor else { return nil }
        self.coding = coding
        self.compressor = compressor
    }

    /// Compresses a piece of a stream so that the peer can decompress all of it now.
    func flush(_ bytes: ByteBuffer) throws(ContentCodingFault) -> ByteBuffer {
        try run(bytes, goal: .flush)
    }

    /// Compresses the last piece, or the only one, and ends the stream.
    func finish(_ bytes: ByteBuffer = ByteBuffer()) throws(ContentCodingFault) -> ByteBuffer {
        let last = try run(bytes, goal: .finish)
        compressor.reset()
        return last
    }

    private func run(_ bytes: ByteBuffer, goal: CompressionGoal) throws(ContentCodingFault) -> ByteBuffer {
        var output = ByteBuffer()
        output.reserveCapacity(min(16 * 1_024, 128 + bytes.readableBytes / 3))
        let fault = bytes.withUnsafeReadableBytes { all -> ContentCodingFault? in
            var rest = all
            var outcome: Result<Bool, ContentCodingFault> = .success(false)
            while case .success(false) = outcome {
                output.writeWithUnsafeMutableBytes(minimumWritableBytes: 128) { memory in
                    do throws(ContentCodingFault) {
                        let result = try compressor.run(&rest, into: memory, goal: goal)
                        outcome = .success(result.isDone)
                        return result.produced
                    } catch {
                        outcome = .failure(error)
                        return 0
                    }
                }
            }
            guard case .failure(let fault) = outcome else { return nil }
            return fault
        }
        if let fault { throw fault }
        return output
    }
}
