import CZstd

/// `zstd` by libzstd, at level 1 with a window of 128 KiB.
final class ZstdCompressor: Compressor {
    private static let level: Int32 = 1
    private static let windowLog: Int32 = 17

    private let context: OpaquePointer

    init?() {
        guard let context = ZSTD_createCCtx() else { return nil }
        self.context = context
        ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, Self.level)
        ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, Self.windowLog)
    }

    deinit {
        ZSTD_freeCCtx(context)
    }

    func run(
        _ input: inout UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, goal: CompressionGoal
    ) throws(ContentCodingFault) -> (produced: Int, isDone: Bool) {
        var source = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
        var target = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
        let left = ZSTD_compressStream2(context, &target, &source, goal == .finish ? ZSTD_e_end : ZSTD_e_flush)
        guard ZSTD_isError(left) == 0 else { throw .outOfMemory }
        input = UnsafeRawBufferPointer(rebasing: input.dropFirst(source.pos))
        return (target.pos, left == 0 && input.isEmpty)
    }

    func reset() {
        ZSTD_CCtx_reset(context, ZSTD_reset_session_only)
    }
}
