import CBrotli

/// `br` by libbrotlidec. Its window grows with the content, up to 16 MiB.
final class BrotliDecompressor: Decompressor {
    private let state = BrotliDecoderCreateInstance(nil, nil, nil)

    deinit {
        BrotliDecoderDestroyInstance(state)
    }

    func run(
        _ input: inout UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) throws(ContentCodingFault) -> (produced: Int, isAtEnd: Bool) {
        guard let state else { throw .malformed }
        var offered = input.count
        var room = output.count
        var next = input.bindMemory(to: UInt8.self).baseAddress
        var target = output.bindMemory(to: UInt8.self).baseAddress
        let result = BrotliDecoderDecompressStream(state, &offered, &next, &room, &target, nil)
        input = UnsafeRawBufferPointer(rebasing: input.suffix(offered))
        switch result {
        case BROTLI_DECODER_RESULT_SUCCESS: return (output.count - room, true)
        case BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT, BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT:
            return (output.count - room, false)
        default: throw .malformed
        }
    }
}
