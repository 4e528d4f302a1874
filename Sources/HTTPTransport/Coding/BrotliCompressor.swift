import CBrotli

/// `br` by libbrotlienc, at quality 1 with a window of 64 KiB.
final class BrotliCompressor: Compressor {
    private static let quality: UInt32 = 1
    private static let windowBits: UInt32 = 16

    private var state: OpaquePointer

    init?() {
        guard let state = Self.make() else { return nil }
        self.state = state
    }

    deinit {
        BrotliEncoderDestroyInstance(state)
    }

    func run(
        _ input: inout UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, goal: CompressionGoal
    ) throws(ContentCodingFault) -> (produced: Int, isDone: Bool) {
        var offered = input.count
        var room = output.count
        var next = input.bindMemory(to: UInt8.self).baseAddress
        var target = output.bindMemory(to: UInt8.self).baseAddress
        let operation = goal == .finish ? BROTLI_OPERATION_FINISH : BROTLI_OPERATION_FLUSH
        let isRunning = BrotliEncoderCompressStream(state, operation, &offered, &next, &room, &target, nil)
        input = UnsafeRawBufferPointer(rebasing: input.suffix(offered))
        guard isRunning != 0 else { throw .outOfMemory }
        let isDone =
            goal == .finish
            ? BrotliEncoderIsFinished(state) != 0 : input.isEmpty && BrotliEncoderHasMoreOutput(state) == 0
        return (output.count - room, isDone)
    }

    /// The library has no way to begin again with the same memory.
    func reset() {
        guard let fresh = Self.make() else { return }
        BrotliEncoderDestroyInstance(state)
        state = fresh
    }

    private static func make() -> OpaquePointer? {
        guard let state = BrotliEncoderCreateInstance(nil, nil, nil) else { return nil }
        BrotliEncoderSetParameter(state, BROTLI_PARAM_QUALITY, quality)
        BrotliEncoderSetParameter(state, BROTLI_PARAM_LGWIN, windowBits)
        return state
    }
}
