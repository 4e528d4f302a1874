/// One compressed stream being read by a C library.
protocol Decompressor: AnyObject {
    /// Decompresses from the front of `input`, which it shortens by what it took, into `output`.
    ///
    /// - Returns: the bytes written, and whether the stream has ended.
    func run(
        _ input: inout UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) throws(ContentCodingFault) -> (produced: Int, isAtEnd: Bool)
}

/// One compressed stream being written by a C library.
protocol Compressor: AnyObject {
    /// Compresses from the front of `input`, which it shortens by what it took, into `output`.
    ///
    /// - Returns: the bytes written, and whether everything that `goal` asks for has been written.
    func run(
        _ input: inout UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, goal: CompressionGoal
    ) throws(ContentCodingFault) -> (produced: Int, isDone: Bool)

    /// Begins another stream with the same memory.
    func reset()
}

/// How far a compressor must get with what it was given.
enum CompressionGoal {
    /// The peer can decompress all that was given.
    case flush
    /// The stream ends.
    case finish
}
