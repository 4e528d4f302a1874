import CZstd

/// `zstd` by libzstd.
final class ZstdDecompressor: Decompressor {
    /// RFC 9659 asks for no more of a recipient: 8 MiB.
    private static let windowLog: Int32 = 23

    /// What a frame begins with (RFC 8878, section 3.1.1). libzstd would also read the formats of its first versions,
    /// and skip frames that say nothing.
    private static let magic: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD]

    private let context = ZSTD_createDCtx()
    /// How much of ``magic`` has come.
    private var begun = 0

    init() {
        if let context { ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, Self.windowLog) }
    }

    deinit {
        ZSTD_freeDCtx(context)
    }

    func run(
        _ input: inout UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) throws(ContentCodingFault) -> (produced: Int, isAtEnd: Bool) {
        guard let context else { throw .outOfMemory }
        for byte in input.prefix(Self.magic.count - begun) {
            guard byte == Self.magic[begun] else { throw .malformed }
            begun += 1
        }
        var source = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
        var target = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
        let result = ZSTD_decompressStream(context, &target, &source)
        guard ZSTD_isError(result) == 0 else { throw .malformed }
        input = UnsafeRawBufferPointer(rebasing: input.dropFirst(source.pos))
        return (target.pos, result == 0)
    }
}
